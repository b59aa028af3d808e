import { useQuery } from "@tanstack/react-query";
import { type KeyboardEvent, type RefObject, useEffect, useRef, useState } from "react";
import type { Approval } from "@/parts/api/types";
import { approvalsQuery } from "@/parts/approvals/queries";
import { Badge } from "@/parts/ui/badge";
import { Button } from "@/parts/ui/button";
import { Notice } from "@/parts/ui/notice";
import { Page, PageHead } from "@/parts/ui/page";
import { QueryState } from "@/parts/ui/query-state";
import { useTitle } from "@/parts/ui/use-title";
import { ApprovalCard } from "./approval-card";
import styles from "./approvals-room.module.css";
import { type InboxEntry, mergeInbox, withoutSettled } from "./inbox";
import { NothingWaits } from "./nothing-waits";

/** The calls of all sessions that wait for somebody's yes. */
export function ApprovalsPage() {
  const query = useQuery(approvalsQuery);
  const waiting = query.data?.length ?? 0;
  useTitle(waiting > 0 ? `${waiting} waiting` : undefined, "Approvals");
  const [entries, putAway] = useInbox(query.data);
  const settled = entries.length - withoutSettled(entries).length;
  return (
    <Page kind="read">
      <PageHead>
        <h1>Approvals</h1>
        <Badge tone={waiting > 0 ? "warning" : "neutral"}>{query.data === undefined ? "…" : waiting === 1 ? "1 waits" : `${waiting} wait`}</Badge>
        <Button look="quiet" className={styles.putAway} disabled={settled === 0} onClick={putAway}>
          Put away what is over
        </Button>
      </PageHead>
      {query.data !== undefined && query.failureReason && (
        <Notice tone="warning" title="Reconnecting…">
          The server does not answer. What is below is what was known before.
        </Notice>
      )}
      <QueryState query={query}>{() => (entries.length === 0 ? <NothingWaits /> : <Inbox entries={entries} />)}</QueryState>
    </Page>
  );
}

/** The cards, kept in their places over each reading of the list, and the way to put away those that are over. */
function useInbox(pending: Approval[] | undefined): [InboxEntry[], () => void] {
  const [state, setState] = useState<{ read: Approval[] | undefined; entries: InboxEntry[] }>({ read: undefined, entries: [] });
  let now = state;
  if (pending !== undefined && pending !== state.read) {
    now = { read: pending, entries: mergeInbox(state.entries, pending) };
    setState(now);
  }
  return [now.entries, () => setState(({ read, entries }) => ({ read, entries: withoutSettled(entries) }))];
}

function Inbox({ entries }: { entries: InboxEntry[] }) {
  const list = useRef<HTMLOListElement>(null);
  useMoveKeys(list);
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step === undefined || isWritten(event.target) || !list.current) return;
    event.preventDefault();
    moveFocus(list.current, step);
  };
  return (
    <>
      <p className={styles.keys}>
        <kbd>j</kbd> and <kbd>k</kbd> go from call to call, <kbd>a</kbd> approves after a question, <kbd>d</kbd> denies
      </p>
      <ol ref={list} className={styles.list} onKeyDown={onKeyDown} aria-label="Calls that wait">
        {entries.map((entry) => (
          <ApprovalCard key={entry.approval.approvalId} {...entry} />
        ))}
      </ol>
    </>
  );
}

/** `j` and `k` go through the cards from anywhere in the room. */
function useMoveKeys(list: RefObject<HTMLOListElement | null>): void {
  useEffect(() => {
    const onKeyDown = (event: globalThis.KeyboardEvent) => {
      const step = { j: 1, k: -1 }[event.key];
      if (step === undefined || event.ctrlKey || event.metaKey || event.altKey || isWritten(event.target) || !list.current) return;
      event.preventDefault();
      moveFocus(list.current, step);
    };
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, [list]);
}

/** Whether a key that was pressed here is a letter of a text. */
function isWritten(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest("input, textarea, select, [role=dialog]") !== null;
}

/** From no card at all, a step goes to the first or the last one. */
function moveFocus(list: HTMLElement, step: number): void {
  const cards = [...list.querySelectorAll<HTMLElement>("article")];
  const at = cards.findIndex((card) => card.contains(document.activeElement));
  const next = at < 0 ? (step > 0 ? 0 : cards.length - 1) : Math.min(Math.max(at + step, 0), cards.length - 1);
  cards[next]?.focus();
}
