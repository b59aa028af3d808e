// The tree of sub-agents as the rows that are seen: children below their parent, nothing below a closed one.
import type { SessionNode } from "@/parts/api/types";

export interface TreeRow {
  readonly node: SessionNode;
  /** From 1, as screen readers count. */
  readonly level: number;
  readonly position: number;
  readonly siblings: number;
  readonly parentRunId?: string | undefined;
  /** Nothing for a session without sub-agents. */
  readonly isOpen?: boolean;
}

export function rowsOf(root: SessionNode, closed: ReadonlySet<string>): TreeRow[] {
  const rows: TreeRow[] = [];
  const add = (node: SessionNode, level: number, position: number, siblings: number, parentRunId?: string) => {
    const isOpen = !closed.has(node.session.runId);
    rows.push({ node, level, position, siblings, parentRunId, ...(node.children.length > 0 ? { isOpen } : {}) });
    if (!isOpen) return;
    node.children.forEach((child, index) => add(child, level + 1, index + 1, node.children.length, node.session.runId));
  };
  add(root, 1, 1, 1);
  return rows;
}

/** All sessions of the tree. */
export function sessionsOf({ session, children }: SessionNode): SessionNode["session"][] {
  return [session, ...children.flatMap(sessionsOf)];
}

/** Whether anything in the tree can still change by itself. */
export function isLive(root: SessionNode): boolean {
  return sessionsOf(root).some(({ status }) => status === "running" || status === "waiting");
}
