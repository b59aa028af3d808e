import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type KeyboardEvent, useRef, useState } from "react";
import type { SessionNode } from "@/parts/api/types";
import { Badge, Dot, type Tone } from "@/parts/ui/badge";
import { Button } from "@/parts/ui/button";
import { formatCost, formatDuration } from "@/parts/ui/format";
import { Icon } from "@/parts/ui/icons";
import { ErrorNotice } from "@/parts/ui/notice";
import { useNow } from "@/parts/ui/time";
import { isLive, rowsOf, sessionsOf, type TreeRow } from "./agent-tree";
import styles from "./agent-tree.module.css";
import { treeQuery } from "./queries";

interface AgentTreeProps {
  harness: string;
  sessionId: string;
}

/** The sessions that a session started as tools, and the one that started it. A session alone has no tree. */
export function AgentTree({ harness, sessionId }: AgentTreeProps) {
  const query = useQuery(treeQuery(harness, sessionId));
  if (query.error && !query.data) {
    return <ErrorNotice error={query.error} action={<Button onClick={() => query.refetch()}>Try again</Button>} />;
  }
  if (!query.data || query.data.children.length === 0) return null;
  return <Tree root={query.data} sessionId={sessionId} />;
}

function Tree({ root, sessionId }: { root: SessionNode; sessionId: string }) {
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const [active, setActive] = useState<string>();
  const list = useRef<HTMLDivElement>(null);
  const rows = rowsOf(root, closed);
  const current = rows.find(({ node }) => node.session.sessionId === sessionId) ?? rows[0];
  const stop = rows.find(({ node }) => node.session.runId === active) ?? current;
  const setOpen = (runId: string, isOpen: boolean) => {
    const next = new Set(closed);
    if (isOpen) next.delete(runId);
    else next.add(runId);
    setClosed(next);
  };
  const focus = (row: TreeRow | undefined) => {
    if (!row) return;
    setActive(row.node.session.runId);
    list.current?.querySelector<HTMLElement>(`[data-run="${CSS.escape(row.node.session.runId)}"]`)?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const move = stop && moveOf(event.key, rows, stop);
    if (!move) return;
    event.preventDefault();
    if (move.open !== undefined) setOpen(stop.node.session.runId, move.open);
    else focus(move.to);
  };
  const count = sessionsOf(root).length;
  return (
    <section className={styles.section} aria-label="Sub-agents">
      <div className={styles.head}>
        <h2>Sub-agents</h2>
        <span>
          {count} sessions · {formatCost(root.session.costUsd)} in all
        </span>
        {isLive(root) && <Badge tone="live">Live</Badge>}
      </div>
      <div ref={list} role="tree" aria-label="Sessions of this tree" className={styles.tree} onKeyDown={onKeyDown}>
        {rows.map((row) => (
          <TreeLine
            key={row.node.session.runId}
            row={row}
            isCurrent={row.node.session.sessionId === sessionId}
            isStop={row === stop}
            onFocus={() => setActive(row.node.session.runId)}
            onToggle={(isOpen) => setOpen(row.node.session.runId, isOpen)}
          />
        ))}
      </div>
    </section>
  );
}

const kTones: Record<string, Tone> = { running: "live", waiting: "warning", idle: "neutral", ended: "neutral" };
const kWords: Record<string, string> = { waiting: "waits for approval" };

interface TreeLineProps {
  row: TreeRow;
  isCurrent: boolean;
  /** True for the one line where the Tab key stops. */
  isStop: boolean;
  onFocus: () => void;
  onToggle: (isOpen: boolean) => void;
}

function TreeLine({ row, isCurrent, isStop, onFocus, onToggle }: TreeLineProps) {
  const { session } = row.node;
  const { harnessId, harnessName, sessionId, status, title, costUsd } = session;
  return (
    <Link
      to="/agents/$harness/sessions/$sessionId/journal"
      params={{ harness: harnessId, sessionId }}
      role="treeitem"
      aria-level={row.level}
      aria-posinset={row.position}
      aria-setsize={row.siblings}
      aria-expanded={row.isOpen}
      aria-current={isCurrent ? "page" : undefined}
      aria-selected={isCurrent}
      tabIndex={isStop ? 0 : -1}
      onFocus={onFocus}
      data-run={session.runId}
      className={styles.line}
      style={{ paddingLeft: `calc(var(--space-sm) + ${(row.level - 1) * 20}px)` }}
    >
      <span
        className={styles.chevron}
        data-open={row.isOpen}
        onClick={(event) => {
          if (row.isOpen === undefined) return;
          event.preventDefault();
          onToggle(!row.isOpen);
        }}
      >
        {row.isOpen !== undefined && <Icon name="chevron" width={12} height={12} />}
      </span>
      <span className={styles.harness}>{harnessName}</span>
      <span className={styles.title}>{title || "Untitled"}</span>
      <span className={styles.status}>
        <Dot tone={kTones[status] ?? "neutral"} isWorking={status === "running"} />
        {kWords[status] ?? status}
      </span>
      <span className={styles.cost}>{formatCost(costUsd)}</span>
      <span className={styles.duration}>
        <Lasting node={row.node} />
      </span>
    </Link>
  );
}

/** From a session's first event to its last, or to now while it works. */
function Lasting({ node: { session } }: { node: SessionNode }) {
  const now = useNow(1_000);
  const works = session.status === "running" || session.status === "waiting";
  const end = works ? now : Date.parse(session.updatedAt);
  return formatDuration(Math.max(0, end - Date.parse(session.createdAt)));
}

/** What a key does in a tree, as in the pattern of the ARIA guide: to another line, or open or close this one. */
function moveOf(key: string, rows: readonly TreeRow[], at: TreeRow): { to?: TreeRow; open?: boolean } | undefined {
  const index = rows.indexOf(at);
  const to = (row: TreeRow | undefined) => (row ? { to: row } : undefined);
  switch (key) {
    case "ArrowDown":
      return to(rows[index + 1]);
    case "ArrowUp":
      return to(rows[index - 1]);
    case "Home":
      return to(rows[0]);
    case "End":
      return to(rows.at(-1));
    case "ArrowRight":
      if (at.isOpen === false) return { open: true };
      return at.isOpen ? to(rows[index + 1]) : undefined;
    case "ArrowLeft":
      if (at.isOpen) return { open: false };
      return to(rows.find(({ node }) => node.session.runId === at.parentRunId));
    default:
      return undefined;
  }
}
