import { expect, test } from "vitest";
import type { Approval } from "@/parts/api/types";
import { mergeInbox, withoutSettled } from "./inbox";

const approval = (approvalId: string, minute: number, inputHash = "h"): Approval => ({
  approvalId,
  harnessName: "h",
  harnessId: "h-1",
  sessionId: "s",
  runId: "session/s",
  invocationId: "i",
  toolUseId: `t-${approvalId}`,
  tool: "shell",
  input: { command: "ls" },
  inputHash,
  rule: "shell",
  requestedAt: new Date(minute * 60_000).toISOString(),
});
const ids = (entries: ReturnType<typeof mergeInbox>) => entries.map((entry) => [entry.approval.approvalId, entry.isPending]);

test("what waits longest is first", () => {
  expect(ids(mergeInbox([], [approval("b", 2), approval("a", 1)]))).toEqual([
    ["a", true],
    ["b", true],
  ]);
});

test("a card that was answered elsewhere keeps its place, and so do all others", () => {
  const before = mergeInbox([], [approval("a", 1), approval("b", 2), approval("c", 3)]);
  expect(ids(mergeInbox(before, [approval("c", 3), approval("b", 2)]))).toEqual([
    ["a", false],
    ["b", true],
    ["c", true],
  ]);
});

test("a new call comes last, whatever its clock says", () => {
  const before = mergeInbox([], [approval("b", 2)]);
  expect(ids(mergeInbox(before, [approval("a", 1), approval("b", 2)]))).toEqual([
    ["b", true],
    ["a", true],
  ]);
});

test("a call whose arguments changed is shown with the new ones", () => {
  const before = mergeInbox([], [approval("a", 1, "old")]);
  expect(mergeInbox(before, [approval("a", 1, "new")])[0]?.approval.inputHash).toBe("new");
});

test("what is over can be put away", () => {
  const before = mergeInbox([], [approval("a", 1), approval("b", 2)]);
  expect(ids(withoutSettled(mergeInbox(before, [approval("b", 2)])))).toEqual([["b", true]]);
});
