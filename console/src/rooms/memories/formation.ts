// What a memory holds, as its stream of changes tells it: events, of which each comes once, and records, which may be
// rewritten and then keep their place.
import type { MemoryEvent, MemoryRecord } from "@/parts/api/types";
import type { StreamSource } from "@/parts/stream/live-stream";

/** A larger memory is read from so many changes before the newest one on, and further back when asked for. */
export const kChangesAtFirst = 10_000;
/** More events are not held: the oldest go. */
export const kMaxHeldEvents = 20_000;
/** How long something counts as new after it came. */
export const kGlowMs = 2_400;

export interface HeldRecord {
  readonly record: MemoryRecord;
  readonly arrivedAtMs: number;
}

export interface Formation {
  /** In the order of their arrival. */
  readonly events: readonly MemoryEvent[];
  readonly records: ReadonlyMap<string, HeldRecord>;
  /** The last change that is in here. */
  readonly change: number;
}

export type FormationItem =
  | { readonly kind: "event"; readonly event: MemoryEvent }
  | { readonly kind: "record"; readonly record: MemoryRecord; readonly arrivedAtMs: number };

export const kNothingFormed: Formation = { events: [], records: new Map(), change: 0 };

/** Where to read a memory from. Another reading of the same place is a stream of its own. */
export interface Reading {
  readonly memoryId: string;
  /** The change after which to begin. */
  readonly start: number;
  readonly reading: number;
}

export function keyOf({ memoryId, start, reading }: Reading): string {
  return `${memoryId} ${start} ${reading}`;
}

export function formationSource(key: string): StreamSource<Formation, FormationItem> {
  const [memoryId = "", start = "0"] = key.split(" ");
  return {
    nothing: kNothingFormed,
    start: Number(start),
    isDense: false,
    pathAfter: (change) => `/api/memories/${encodeURIComponent(memoryId)}/watch?after=${change}`,
    read: ({ event, data, id }) => {
      if (event === "event") return { position: Number(id), item: { kind: "event", event: JSON.parse(data) as MemoryEvent } };
      if (event !== "record") return undefined;
      return { position: Number(id), item: { kind: "record", record: JSON.parse(data) as MemoryRecord, arrivedAtMs: Date.now() } };
    },
    add: addItems,
  };
}

export function addItems(known: Formation, items: readonly FormationItem[]): Formation {
  const events = known.events.concat(items.flatMap((item) => (item.kind === "event" ? [item.event] : [])));
  const records = new Map(known.records);
  for (const item of items) {
    if (item.kind === "record") records.set(item.record.memoryRecordId, { record: item.record, arrivedAtMs: item.arrivedAtMs });
  }
  const last = items.at(-1);
  const change = last?.kind === "event" ? last.event.change : (last?.record.change ?? known.change);
  return { events: events.slice(-kMaxHeldEvents), records, change };
}

/** Newest first; a rewritten record stays where it was. */
export function newestFirst(records: Iterable<HeldRecord>): HeldRecord[] {
  return [...records].toSorted((a, b) => Date.parse(b.record.createdAt) - Date.parse(a.record.createdAt) || compare(b, a));
}

function compare(a: HeldRecord, b: HeldRecord): number {
  return a.record.memoryRecordId < b.record.memoryRecordId ? -1 : 1;
}
