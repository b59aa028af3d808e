import { useEffect, useState } from "react";
import { formatAge, formatDateTime } from "./format";

const kAgeTickMs = 15_000;

/** The time now, anew every `everyMs`. */
export function useNow(everyMs: number): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}

/** How long ago something was; the exact time when pointed at. */
export function Age({ at }: { at: string }) {
  const now = useNow(kAgeTickMs);
  return (
    <time dateTime={at} title={formatDateTime(at)}>
      {formatAge(at, now)}
    </time>
  );
}
