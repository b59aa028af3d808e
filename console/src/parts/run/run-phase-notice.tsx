import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { statusQuery } from "@/parts/api/queries";
import { Button } from "@/parts/ui/button";
import { Notice } from "@/parts/ui/notice";
import type { Run } from "./use-run";

/** Says when what is shown is not live. */
export function RunPhaseNotice({ run }: { run: Run }) {
  const client = useQueryClient();
  useEffect(() => {
    // The status in the bar is asked for now and then; it must not contradict what is said here.
    void client.invalidateQueries({ queryKey: statusQuery.queryKey });
  }, [client, run.phase]);
  if (run.phase === "failed") {
    return (
      <Notice tone="danger" title="The journal cannot be followed." action={<Button onClick={run.retry}>Try again</Button>}>
        {run.error}
      </Notice>
    );
  }
  if (run.phase !== "reconnecting") return null;
  return (
    <Notice tone="warning" title="Reconnecting…" action={<Button onClick={run.retry}>Now</Button>}>
      The server does not answer. Nothing is lost: the rest follows as soon as it is back.
    </Notice>
  );
}
