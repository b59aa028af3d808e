import type { JournalEvent } from "@/parts/api/types";
import type { StreamSource } from "@/parts/stream/live-stream";

export const kMaxHeldEvents = 250_000;

export interface RunEvents {
  readonly events: readonly JournalEvent[];
}

export const kNoEvents: RunEvents = { events: [] };

/** The journal of one run, whose seq is dense from 1. */
export function runSource(runId: string): StreamSource<RunEvents, JournalEvent> {
  return {
    nothing: kNoEvents,
    start: 0,
    isDense: true,
    pathAfter: (seq) => `/api/runs/${encodeURIComponent(runId)}/events?from=${seq + 1}`,
    read: ({ event, data }) => {
      if (event !== "journal") return undefined;
      const item = JSON.parse(data) as JournalEvent;
      return { position: item.seq, item };
    },
    add: ({ events }, items) => ({ events: events.concat(items) }),
    whyFull: (seq) => (seq >= kMaxHeldEvents ? `The console shows the first ${kMaxHeldEvents} events of a run.` : undefined),
  };
}
