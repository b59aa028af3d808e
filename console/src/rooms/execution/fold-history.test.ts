import { expect, test } from "vitest";
import type { HistoryEvent } from "@/parts/api/types";
import { foldHistory, marksOf } from "./fold-history";

/** Events in short: what type, after which one, and what its details say. */
type Short = [type: string, after: number, details?: Record<string, unknown>];

function historyOf(...events: Short[]) {
  const whole = events.map(([type, previousEventId, details], index): HistoryEvent => {
    const at = new Date(index * 1_000).toISOString();
    return { id: index + 1, at, type, previousEventId, ...(details ? { someEventDetails: details } : {}) };
  });
  return foldHistory(whole);
}

const summary = (history: ReturnType<typeof foldHistory>) => history.visits.map(({ name, status }) => `${name} ${status}`);
const started: Short = ["ExecutionStarted", 0];

test("a state that was entered and not left runs", () => {
  const history = historyOf(
    started,
    ["PassStateEntered", 0, { name: "A", input: "1" }],
    ["PassStateExited", 2, { name: "A", output: "2", assignedVariables: { x: "3" } }],
    ["WaitStateEntered", 3, { name: "B", input: "2" }],
  );
  expect(summary(history)).toEqual(["A succeeded", "B running"]);
  expect(history.visits[0]).toMatchObject({ type: "Pass", input: "1", output: "2", assigned: { x: "3" } });
});

test("a retry is counted, and takes the failure back", () => {
  const history = historyOf(
    started,
    ["TaskStateEntered", 0, { name: "A" }],
    ["TaskScheduled", 2],
    ["TaskFailed", 3, { error: "E", cause: "because" }],
    ["TaskScheduled", 4],
    ["TaskSucceeded", 5],
    ["TaskStateExited", 6, { name: "A" }],
  );
  expect(history.visits[0]).toMatchObject({ status: "succeeded", retries: 1 });
  expect(history.visits[0]).not.toHaveProperty("error");
  expect(history.visits[0]?.events).toHaveLength(6);
});

test("a state that failed and was left was caught", () => {
  const history = historyOf(
    started,
    ["TaskStateEntered", 0, { name: "A" }],
    ["TaskScheduled", 2],
    ["TaskFailed", 3, { error: "E" }],
    ["TaskStateExited", 4, { name: "A" }],
    ["PassStateEntered", 5, { name: "B" }],
  );
  expect(summary(history)).toEqual(["A caught", "B running"]);
  expect(history.visits[0]?.error).toBe("E");
});

const inParallel: Short[] = [
  started,
  ["ParallelStateEntered", 0, { name: "P" }],
  ["ParallelStateStarted", 2],
  ["WaitStateEntered", 3, { name: "W" }],
  ["PassStateEntered", 3, { name: "A" }],
];

test("when one branch fails, the others are aborted", () => {
  const history = historyOf(...inParallel, ["ParallelStateFailed", 5], ["ExecutionFailed", 6, { error: "E" }]);
  expect(summary(history)).toEqual(["P failed", "W aborted", "A failed"]);
});

test("events of a Parallel belong to it, though they follow a state in it", () => {
  const history = historyOf(
    ...inParallel,
    ["PassStateExited", 5, { name: "A" }],
    ["WaitStateExited", 4, { name: "W" }],
    ["ParallelStateSucceeded", 7],
    ["ParallelStateExited", 7, { name: "P" }],
    ["PassStateEntered", 9, { name: "B" }],
  );
  expect(summary(history)).toEqual(["P succeeded", "W succeeded", "A succeeded", "B running"]);
  expect(history.visitOf.get(8)?.name).toBe("P");
  expect(history.visits[3]?.parent).toBeUndefined();
});

test("each item of a Map is a visit, and the graph shows the worst", () => {
  const history = historyOf(
    started,
    ["MapStateEntered", 0, { name: "M" }],
    ["MapStateStarted", 2],
    ["MapIterationStarted", 3, { name: "M", index: 0 }],
    ["TaskStateEntered", 4, { name: "I" }],
    ["MapIterationStarted", 3, { name: "M", index: 1 }],
    ["TaskStateEntered", 6, { name: "I" }],
    ["TaskFailed", 5, { error: "E" }],
    ["MapIterationFailed", 8, { name: "M", index: 0 }],
    ["TaskStateExited", 7, { name: "I" }],
    ["MapIterationSucceeded", 10, { name: "M", index: 1 }],
    ["MapStateSucceeded", 11],
    ["MapStateExited", 11, { name: "M" }],
  );
  expect(summary(history)).toEqual(["M succeeded", "I failed", "I succeeded"]);
  expect(marksOf(history).get("I")).toEqual({ status: "failed", visits: 2, retries: 0 });
});

test("a stopped execution leaves aborted states", () => {
  const history = historyOf(started, ["WaitStateEntered", 0, { name: "A" }], ["ExecutionAborted", 0]);
  expect(summary(history)).toEqual(["A aborted"]);
});

test("a redrive takes up what did not get to its end", () => {
  const failed: Short[] = [
    started,
    ["TaskStateEntered", 0, { name: "A" }],
    ["TaskScheduled", 2],
    ["TaskFailed", 3, { error: "E" }],
    ["ExecutionFailed", 4, { error: "E" }],
    ["ExecutionRedriven", 5],
  ];
  expect(summary(historyOf(...failed))).toEqual(["A running"]);
  const history = historyOf(...failed, ["TaskScheduled", 6], ["TaskSucceeded", 7], ["TaskStateExited", 8, { name: "A" }], ["ExecutionSucceeded", 9]);
  expect(summary(history)).toEqual(["A succeeded"]);
  expect(history.visits[0]?.retries).toBe(0);
});
