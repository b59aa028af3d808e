import { expect, test } from "vitest";
import type { JournalBodies, JournalEvent } from "@/parts/api/types";
import { buildTimeline } from "./timeline";
import { addUp } from "./totals";

function event<Type extends keyof JournalBodies>(seq: number, second: number, type: Type, body: unknown): JournalEvent {
  return { seq, at: new Date(second * 1_000).toISOString(), type, body } as JournalEvent;
}

const kUsage = { inputTokens: 10, outputTokens: 3, totalTokens: 13 };
const kMessage = { role: "assistant", content: [{ text: "done" }] };
const kEvents = [
  event(1, 0, "session.created", { harnessId: "h", harnessName: "h", sessionId: "s" }),
  event(2, 1, "invocation.started", { invocationId: "i1", messages: [] }),
  event(3, 1, "model.intent", { callId: "c", provider: "reflex", modelId: "" }),
  event(4, 2, "stream", [{ contentBlockDelta: { contentBlockIndex: 0, delta: { text: "Hel" } } }]),
  event(5, 3, "stream", [{ contentBlockDelta: { contentBlockIndex: 0, delta: { text: "lo" } } }]),
  event(6, 4, "model.result", { callId: "c", message: kMessage, stopReason: "tool_use", usage: kUsage, latencyMs: 3_000 }),
  event(7, 4, "tool.intent", { toolUseId: "t", name: "shell", input: { command: "ls" } }),
  event(8, 6, "tool.result", { toolUseId: "t", name: "shell", status: "error", content: [], latencyMs: 2_000 }),
  event(9, 7, "invocation.finished", { invocationId: "i1", stopReason: "end_turn" }),
  event(10, 90, "invocation.started", { invocationId: "i2", messages: [] }),
  event(11, 91, "tool.intent", { toolUseId: "u", name: "shell", input: {} }),
];

test("each invocation has an axis of its own", () => {
  const groups = buildTimeline(kEvents);
  expect(groups.map(({ invocation, startMs, endMs }) => [invocation, startMs, endMs])).toEqual([
    [undefined, 0, 0],
    [1, 1_000, 7_000],
    [2, 90_000, 91_000],
  ]);
});

test("an intent lasts until its result, and is open without one", () => {
  const rows = buildTimeline(kEvents).flatMap((group) => group.rows);
  const rowOf = (seq: number) => rows.find((row) => row.events[0]?.seq === seq);
  expect(rowOf(3)).toMatchObject({ startMs: 1_000, endMs: 4_000, isOpen: false });
  expect(rowOf(7)).toMatchObject({ startMs: 4_000, endMs: 6_000, isOpen: false });
  expect(rowOf(11)?.isOpen).toBe(true);
  expect(rowOf(11)?.endMs).toBeUndefined();
});

test("what did not succeed is marked", () => {
  const failures = buildTimeline(kEvents).flatMap((group) => group.rows.filter((row) => row.isFailure));
  expect(failures.map((row) => row.events[0]?.seq)).toEqual([8]);
});

test("stream events that follow each other are one row with their text", () => {
  const row = buildTimeline(kEvents)[1]?.rows.find(({ type }) => type === "stream");
  expect(row?.events.map(({ seq }) => seq)).toEqual([4, 5]);
  expect(row?.summary).toBe("Hello");
});

test("no event is lost or doubled", () => {
  const seqs = buildTimeline(kEvents).flatMap((group) => group.rows.flatMap((row) => row.events.map(({ seq }) => seq)));
  expect(seqs).toEqual(kEvents.map(({ seq }) => seq));
});

test("totals count what the results say", () => {
  expect(addUp(kEvents)).toEqual({
    invocations: 2,
    modelCalls: 1,
    toolCalls: 1,
    toolErrors: 1,
    restarts: 0,
    inputTokens: 10,
    outputTokens: 3,
    modelMs: 3_000,
    toolMs: 2_000,
  });
});
