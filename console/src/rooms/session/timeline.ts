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

/** What an event begins, and which one ends that: the same name for both; nothing for an event that stands alone. */
function spanOf(event: JournalEvent): { name: string; isBeginning: boolean } | undefined {
  switch (event.type) {
    case "model.intent":
    case "model.result":
      return { name: `model ${event.body.callId}`, isBeginning: event.type === "model.intent" };
    case "tool.intent":
    case "tool.result":
      return { name: `tool ${event.body.toolUseId}`, isBeginning: event.type === "tool.intent" };
    case "approval.requested":
    case "approval.answered":
      return { name: `approval ${event.body.approvalId}`, isBeginning: event.type === "approval.requested" };
    case "hook.started":
    case "hook.finished":
      return { name: `hook ${event.body.hookEventId}`, isBeginning: event.type === "hook.started" };
    case "context.compacting":
    case "context.compacted":
      return { name: `compaction ${event.body.callId}`, isBeginning: event.type === "context.compacting" };
    default:
      return undefined;
  }
}

/** For the seq of each intent, when its result came. A repeated intent takes the result from the one before it. */
function endsOfIntents(events: readonly JournalEvent[]): Map<number, number> {
  const open = new Map<string, number>();
  const ends = new Map<number, number>();
  for (const event of events) {
    const span = spanOf(event);
    if (!span) continue;
    const beginning = open.get(span.name);
    if (span.isBeginning) open.set(span.name, event.seq);
    else if (beginning !== undefined) ends.set(beginning, Date.parse(event.at));
  }
  return ends;
}

function rowOf(events: JournalEvent[], ends: Map<number, number>): TimelineRow {
  const first = events[0] as JournalEvent;
  const last = events.at(-1) as JournalEvent;
  const isIntent = spanOf(first)?.isBeginning ?? false;
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
  switch (event.type) {
    case "tool.result":
      return event.body.status === "error";
    case "approval.answered":
      return event.body.decision !== "approve";
    case "hook.finished":
      return event.body.error !== undefined || event.body.decision === "deny";
    case "output.rejected":
    case "memory.failed":
      return true;
    case "invocation.finished":
      return event.body.error !== undefined;
    default:
      return false;
  }
}
