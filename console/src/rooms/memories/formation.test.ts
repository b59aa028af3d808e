import { expect, test } from "vitest";
import type { MemoryEvent, MemoryRecord } from "@/parts/api/types";
import { addItems, formationSource, type HeldRecord, keyOf, kMaxHeldEvents, kNothingFormed, newestFirst } from "./formation";

const event = (change: number) => ({ eventId: `${change}#a`, change }) as MemoryEvent;
const record = (id: string, change: number, createdAt = "2026-01-01T00:00:00Z") => ({ memoryRecordId: id, change, createdAt }) as MemoryRecord;
const held = (each: MemoryRecord): HeldRecord => ({ record: each, arrivedAtMs: 0 });

test("a record that is rewritten is there once", () => {
  const first = addItems(kNothingFormed, [{ kind: "record", record: record("mem-1", 1), arrivedAtMs: 0 }]);
  const second = addItems(first, [{ kind: "record", record: record("mem-1", 4), arrivedAtMs: 9 }]);
  expect([...second.records.values()]).toEqual([{ record: record("mem-1", 4), arrivedAtMs: 9 }]);
  expect(second.change).toBe(4);
});

test("the oldest events go when there are too many", () => {
  const items = Array.from({ length: kMaxHeldEvents + 2 }, (_, index) => ({ kind: "event" as const, event: event(index + 1) }));
  const formation = addItems(kNothingFormed, items);
  expect(formation.events).toHaveLength(kMaxHeldEvents);
  expect(formation.events[0]?.change).toBe(3);
});

test("records are in the order in which they were made, the newest first", () => {
  const [old, young] = [record("mem-1", 9, "2026-01-01T00:00:00Z"), record("mem-2", 2, "2026-01-02T00:00:00Z")];
  expect(newestFirst([held(old), held(young)]).map((each) => each.record.memoryRecordId)).toEqual(["mem-2", "mem-1"]);
});

test("the stream is read from where it was opened, by the numbers of changes", () => {
  const source = formationSource(keyOf({ memoryId: "Travel-0123456789", start: 7, reading: 1 }));
  expect(source.start).toBe(7);
  expect(source.pathAfter(9)).toBe("/api/memories/Travel-0123456789/watch?after=9");
  expect(source.read({ event: "event", id: "12", data: JSON.stringify(event(12)) })).toEqual({ position: 12, item: { kind: "event", event: event(12) } });
  expect(source.read({ event: "later", id: "13", data: "{}" })).toBeUndefined();
});
