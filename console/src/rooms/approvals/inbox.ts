// The inbox as somebody works through it. A card keeps its place once it is there: a call that was answered elsewhere stays,
// marked, so that no other card moves under a pointer that is about to press.
import type { Approval } from "@/parts/api/types";

export interface InboxEntry {
  readonly approval: Approval;
  /** False once the server does not list it any more: it was answered, here or elsewhere, or has expired. */
  readonly isPending: boolean;
}

/** The entries after the server's list was read again: those that wait longest first. */
export function mergeInbox(entries: readonly InboxEntry[], pending: readonly Approval[]): InboxEntry[] {
  const now = new Map(pending.map((approval) => [approval.approvalId, approval]));
  const known = new Set(entries.map(({ approval }) => approval.approvalId));
  const kept = entries.map(({ approval }) => {
    const fresh = now.get(approval.approvalId);
    return { approval: fresh ?? approval, isPending: fresh !== undefined };
  });
  const added = pending.filter(({ approvalId }) => !known.has(approvalId)).map((approval) => ({ approval, isPending: true }));
  return [...kept, ...added.sort(byAge)];
}

/** The entries without those that are over. */
export function withoutSettled(entries: readonly InboxEntry[]): InboxEntry[] {
  return entries.filter(({ isPending }) => isPending);
}

function byAge(a: InboxEntry, b: InboxEntry): number {
  return a.approval.requestedAt.localeCompare(b.approval.requestedAt) || a.approval.approvalId.localeCompare(b.approval.approvalId);
}
