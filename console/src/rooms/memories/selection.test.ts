import { expect, test } from "vitest";
import type { Memory, MemoryEvent, MemoryRecord } from "@/parts/api/types";
import { eventOf, isForgottenWith, showsEvent, showsRecord } from "./selection";

const event = { memoryId: "m", actorId: "anna", sessionId: "trip", eventId: "1#a", eventTimestamp: "2026-01-01T00:00:00Z", expiresAt: "", remember: true, change: 1 } satisfies MemoryEvent;
const record = (namespace: string, sources: string[] = []): MemoryRecord => ({
  memoryRecordId: "mem-1",
  content: { text: "Anna lives in Lisbon." },
  memoryStrategyId: "facts",
  namespaces: [namespace],
  sources,
  createdAt: "2026-01-01T00:00:00Z",
  timestamp: "2026-01-01T00:00:00Z",
  change: 2,
});
const events = new Map([[event.eventId, event]]);

test("events are chosen by actor and session", () => {
  expect(showsEvent({}, event)).toBe(true);
  expect(showsEvent({ actor: "anna", session: "trip" }, event)).toBe(true);
  expect(showsEvent({ actor: "ann" }, event)).toBe(false);
});

test("a record is whose namespace it is in, whole parts of it only", () => {
  expect(showsRecord({ actor: "anna" }, record("/facts/anna/"), events)).toBe(true);
  expect(showsRecord({ actor: "ann" }, record("/facts/anna/"), events)).toBe(false);
  expect(showsRecord({ actor: "anna", strategy: "other" }, record("/facts/anna/"), events)).toBe(false);
});

test("a record is whose messages say so", () => {
  expect(eventOf("1#a/0")).toBe("1#a");
  expect(showsRecord({ session: "trip" }, record("/all/", ["1#a/0"]), events)).toBe(true);
  expect(showsRecord({ session: "work" }, record("/all/", ["1#a/0"]), events)).toBe(false);
});

test("an actor takes along the records of namespaces that are made of the actor's id", () => {
  const strategies = [{ strategyId: "S-1", namespaceTemplates: ["/{memoryStrategyId}/{actorId}/{sessionId}/"] }, { strategyId: "S-2", namespaceTemplates: ["/all/"] }];
  const goes = isForgottenWith("a.b", { strategies } as unknown as Memory);
  expect(goes(record("/S-1/a.b/trip/"))).toBe(true);
  expect(goes(record("/S-1/aXb/trip/"))).toBe(false);
  expect(goes(record("/S-2/a.b/trip/"))).toBe(false);
  expect(goes(record("/all/"))).toBe(false);
});
