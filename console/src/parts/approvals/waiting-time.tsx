import { formatDateTime, formatDuration } from "@/parts/ui/format";
import { useNow } from "@/parts/ui/time";

/** Seconds from one time to another as a duration; two clocks may differ, so never less than none. */
function lasting(fromMs: number, toMs: number): string {
  const seconds = Math.max(0, Math.floor((toMs - fromMs) / 1_000));
  return seconds < 60 ? `${seconds} s` : formatDuration(seconds * 1_000);
}

/** How long a call waits already, and when it stops to. */
export function WaitingTime({ requestedAt, expiresAt }: { requestedAt: string; expiresAt?: string | undefined }) {
  const now = useNow(1_000);
  return (
    <>
      <span>
        waits for{" "}
        <time dateTime={requestedAt} title={formatDateTime(requestedAt)}>
          {lasting(Date.parse(requestedAt), now)}
        </time>
      </span>
      {expiresAt === undefined ? (
        <span>never expires</span>
      ) : (
        <span>
          denied in{" "}
          <time dateTime={expiresAt} title={formatDateTime(expiresAt)}>
            {lasting(now, Date.parse(expiresAt))}
          </time>
        </span>
      )}
    </>
  );
}
