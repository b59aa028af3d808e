import { expect, test } from "vitest";
import type { SessionNode } from "@/parts/api/types";
import { isLive, rowsOf } from "./agent-tree";

const kUsage = { inputTokens: 0, outputTokens: 0, totalTokens: 0 };

function node(runId: string, children: SessionNode[] = [], more: Partial<SessionNode["session"]> = {}): SessionNode {
  const at = "2026-01-01T00:00:00.000Z";
  const session = { runId, sessionId: runId, harnessId: "h", harnessName: "h", status: "idle" as const, createdAt: at, updatedAt: at };
  return { session: { ...session, invocations: 1, usage: kUsage, title: runId, ...more }, children };
}

const kTree = node("a", [node("b", [node("c")]), node("d")]);

test("children follow their parent, with the place that a screen reader says", () => {
  expect(rowsOf(kTree, new Set()).map(({ node, level, position, siblings }) => [node.session.runId, level, position, siblings])).toEqual([
    ["a", 1, 1, 1],
    ["b", 2, 1, 2],
    ["c", 3, 1, 1],
    ["d", 2, 2, 2],
  ]);
});

test("below a closed session nothing is seen, and a leaf is neither open nor closed", () => {
  expect(rowsOf(kTree, new Set(["b"])).map(({ node, isOpen }) => [node.session.runId, isOpen])).toEqual([
    ["a", true],
    ["b", false],
    ["d", undefined],
  ]);
});

test("a tree is live while anything in it works or waits", () => {
  expect(isLive(kTree)).toBe(false);
  expect(isLive(node("a", [node("b", [node("c", [], { status: "waiting" })])]))).toBe(true);
});
