import { Link, type ErrorComponentProps } from "@tanstack/react-router";
import { Button, buttonClass } from "@/parts/ui/button";
import { Empty } from "@/parts/ui/empty";
import { ErrorNotice } from "@/parts/ui/notice";

/** An address that leads nowhere. */
export function NotFound() {
  return (
    <Empty isPage title="There is nothing at this address">
      <Link to="/" className={buttonClass()}>
        All harnesses
      </Link>
    </Empty>
  );
}

/** A room that broke while it was drawn. The rest of the console goes on. */
export function RoomFault({ error, reset }: ErrorComponentProps) {
  return (
    <Empty isPage title="This page broke">
      <ErrorNotice error={error instanceof Error ? error : new Error(String(error))} action={<Button onClick={reset}>Draw it again</Button>} />
    </Empty>
  );
}
