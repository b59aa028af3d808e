// A journal as rows on a time axis. Each invocation has an axis of its own, since between two of them hours may pass.
import type { JournalEvent } from "@/parts/api/types";
import { describeEvent } from "./describe-event";

export interface TimelineGroup {
  /** The seq of its first event. */
  readonly key: number;
  /** Which invocation of the session it is, from 1; nothing for what came before the first. */
  readonly invocation?: number;
  readonly startMs: number;
  readonly endMs: number;
  readonly rows: readonly TimelineRow[];
  readonly outcome?: string;
}

export interface TimelineRow {
  /** One event, or several stream events that follow each other. */
  readonly events: readonly JournalEvent[];
  readonly type: JournalEvent["type"];
  readonly startMs: number;
  /** When what began here ended: the result of an intent, the last of several streams. Nothing for a moment. */
  readonly endMs?: number;
  /** An intent whose result is not there (yet). */
  readonly isOpen: boolean;
  /** It says that something did not succeed. */
  readonly isFailure: boolean;
  readonly summary: string;
}

export function buildTimeline(events: readonly JournalEvent[]): TimelineGroup[] {
  const ends = endsOfIntents(events);
  const groups: TimelineGroup[] = [];
  let invocation = 0;
  for (const chunk of splitByInvocation(events)) {
    const [first] = chunk;
    if (!first) continue;
    if (first.type === "invocation.started") invocation++;
    const rows = mergeStreams(chunk).map((merged) => rowOf(merged, ends));
    const finish = chunk.findLast((event) => event.type === "invocation.finished");
    groups.push({
      key: first.seq,
      ...(invocation > 0 ? { invocation } : {}),
      startMs: Date.parse(first.at),
      endMs: Date.parse((finish ?? chunk.at(-1) ?? first).at),
      rows,
      ...(finish?.type === "invocation.finished" ? { outcome: finish.body.stopReason } : {}),
    });
  }
  return groups;
}

function splitByInvocation(events: readonly JournalEvent[]): JournalEvent[][] {
  const chunks: JournalEvent[][] = [[]];
  for (const event of events) {
    if (event.type === "invocation.started") chunks.push([]);
    chunks.at(-1)?.push(event);
  }
  return chunks;
}

function mergeStreams(events: readonly JournalEvent[]): JournalEvent[][] {
  const merged: JournalEvent[][] = [];
  for (const event of events) {
    const last = merged.at(-1);
    if (event.type === "stream" && last?.[0]?.type === "stream") last.push(event);
    else merged.push([event]);
  }
  return merged;
}

/** For the seq of each intent, when its result came. A repeated intent takes the result from the one before it. */
function endsOfIntents(events: readonly JournalEvent[]): Map<number, number> {
  const open = new Map<string, number>();
  const ends = new Map<number, number>();
  for (const event of events) {
    if (event.type === "model.intent") open.set(`model ${event.body.callId}`, event.seq);
    if (event.type === "tool.intent") open.set(`tool ${event.body.toolUseId}`, event.seq);
    const key =
      event.type === "model.result"
        ? `model ${event.body.callId}`
        : event.type === "tool.result"
          ? `tool ${event.body.toolUseId}`
          : undefined;
    const intent = key === undefined ? undefined : open.get(key);
    if (intent !== undefined) ends.set(intent, Date.parse(event.at));
  }
  return ends;
}

function rowOf(events: JournalEvent[], ends: Map<number, number>): TimelineRow {
  const first = events[0] as JournalEvent;
  const last = events.at(-1) as JournalEvent;
  const isIntent = first.type === "model.intent" || first.type === "tool.intent";
  const end = isIntent ? ends.get(first.seq) : events.length > 1 ? Date.parse(last.at) : undefined;
  return {
    events,
    type: first.type,
    startMs: Date.parse(first.at),
    ...(end === undefined ? {} : { endMs: end }),
    isOpen: isIntent && end === undefined,
    isFailure: isFailure(first),
    summary: describeEvent(events),
  };
}

function isFailure(event: JournalEvent): boolean {
  if (event.type === "tool.result") return event.body.status === "error";
  return event.type === "invocation.finished" && event.body.error !== undefined;
}
