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
    cacheReadTokens: 0,
    cacheWriteTokens: 0,
    costUsd: undefined,
    subAgentCostUsd: 0,
    unpricedCalls: 1,
    modelMs: 3_000,
    toolMs: 2_000,
  });
});

const kPriced = { callId: "c", message: kMessage, stopReason: "end_turn", usage: { ...kUsage, cacheReadInputTokens: 7 }, costUsd: 0.5 };
const kSummed = { callId: "k", strategy: "summarization", removed: 9, kept: {}, usage: kUsage, costUsd: 0.25 };

test("a session costs what its answers and its summaries cost", () => {
  const totals = addUp([
    event(5, 4, "tool.result", { toolUseId: "t", name: "helper", status: "success", content: [], costUsd: 0.125 }),
    event(1, 0, "model.result", kPriced),
    event(2, 1, "context.compacted", kSummed),
    event(3, 2, "context.compacted", { callId: "w", strategy: "sliding_window", removed: 9, kept: {} }),
    event(4, 3, "model.result", { ...kPriced, costUsd: undefined }),
  ]);
  expect(totals).toMatchObject({ costUsd: 0.875, subAgentCostUsd: 0.125, unpricedCalls: 1, inputTokens: 30, cacheReadTokens: 14 });
});

const kAsked = { approvalId: "p", toolUseId: "t", name: "shell", input: { command: "git push" }, inputHash: "h", rule: "shell" };
const kHook = { hookEventId: "e", name: "audit", type: "before_tool_call" };

test("an approval, a hook and a compaction last from their beginning to their end", () => {
  const rows = buildTimeline([
    event(1, 0, "approval.requested", kAsked),
    event(2, 1, "hook.started", kHook),
    event(3, 2, "hook.finished", { ...kHook, decision: "allow" }),
    event(4, 3, "context.compacting", { callId: "k", strategy: "summarization" }),
    event(5, 9, "approval.answered", { approvalId: "p", toolUseId: "t", decision: "approve" }),
  ]).flatMap((group) => group.rows);
  expect(rows.map(({ isOpen, startMs, endMs }) => (isOpen ? "open" : endMs === undefined ? "moment" : endMs - startMs))).toEqual([
    9_000,
    1_000,
    "moment",
    "open",
    "moment",
  ]);
});

test.each<[keyof JournalBodies, unknown, string, boolean]>([
  ["model.result", kPriced, "end_turn ($0.50, 10 in, 3 out, 7 from the cache): done", false],
  ["approval.requested", kAsked, 'shell waits for approval by shell: {"command":"git push"}', false],
  ["approval.answered", { decision: "deny", by: "ann", reason: "no" }, "denied by ann: no", true],
  ["approval.answered", { decision: "expired" }, "expired, which counts as denied", true],
  ["hook.finished", { ...kHook, decision: "deny", reason: "not now" }, "audit (before tool call) deny: not now", true],
  ["hook.finished", { ...kHook, decision: "allow", error: "no answer in 60 s" }, "audit (before tool call) failed: no answer in 60 s, allow", true],
  [
    "context.compacted",
    { ...kSummed, tokensBefore: 90_000, tokensAfter: 4_000, summary: "So far" },
    "9 messages summed up, 90,000 to 4,000 tokens ($0.25, 10 in, 3 out): So far",
    false,
  ],
  ["context.compacted", { callId: "w", strategy: "sliding_window", removed: 2, kept: {} }, "2 messages left out", false],
  ["subagent.started", { harnessName: "helper", sessionId: "s2", budgetUsd: 0.5 }, "helper works in s2 with at most $0.50", false],
  ["output.rejected", { attempt: 1, violations: ["/a is missing", "/b is no number"] }, "answer 1 does not fit the schema: /a is missing; /b is no number", true],
  ["output.accepted", { value: { a: 1 } }, 'the answer fits the schema: {"a":1}', false],
  [
    "invocation.finished",
    { invocationId: "i", stopReason: "tool_use", costUsd: 0.5, pending: ["t"] },
    "tool_use ($0.50), the caller owes a result",
    false,
  ],
])("%s %j is said in words", (type, body, words, isFailure) => {
  const [row] = buildTimeline([event(1, 0, type, body)]).flatMap((group) => group.rows);
  expect(row).toMatchObject({ summary: words, isFailure });
});
