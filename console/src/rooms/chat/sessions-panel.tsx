import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { Session, Usage } from "@/parts/api/types";
import { Dot } from "@/parts/ui/badge";
import { Button, buttonClass } from "@/parts/ui/button";
import { formatCompact, formatCost, formatInteger } from "@/parts/ui/format";
import { Icon } from "@/parts/ui/icons";
import { QueryState } from "@/parts/ui/query-state";
import { Age } from "@/parts/ui/time";
import { sessionsQuery } from "./queries";
import styles from "./sessions-panel.module.css";

interface SessionsPanelProps {
  harness: string;
  onChosen?: () => void;
}

/** The conversations with a harness, newest first, and the way to a new one. */
export function SessionsPanel({ harness, onChosen }: SessionsPanelProps) {
  const query = useInfiniteQuery(sessionsQuery(harness));
  return (
    <nav className={styles.panel} aria-label="Sessions">
      <Link to="/agents/$harness" params={{ harness }} className={buttonClass()} onClick={onChosen}>
        <Icon name="plus" />
        New chat
      </Link>
      <QueryState query={query} skeletonLines={6}>
        {(data) => {
          const sessions = data.pages.flatMap((page) => page.sessions);
          if (sessions.length === 0) return <p className={styles.none}>No sessions yet.</p>;
          return (
            <ul className={styles.list}>
              {sessions.map((session) => (
                <SessionItem key={session.sessionId} harness={harness} session={session} onChosen={onChosen} />
              ))}
            </ul>
          );
        }}
      </QueryState>
      {query.hasNextPage && (
        <Button look="quiet" disabled={query.isFetchingNextPage} onClick={() => query.fetchNextPage()}>
          Show older
        </Button>
      )}
    </nav>
  );
}

function SessionItem({ harness, session, onChosen }: SessionsPanelProps & { session: Session }) {
  const { sessionId, status, title, updatedAt, usage, costUsd } = session;
  return (
    <li>
      <Link
        to="/agents/$harness/sessions/$sessionId"
        params={{ harness, sessionId }}
        className={styles.item}
        activeProps={{ "aria-current": "page" }}
        onClick={onChosen}
      >
        <span className={styles.title}>{title || "Untitled"}</span>
        <span className={styles.meta}>
          {status === "running" && <Dot tone="live" isWorking />}
          {status === "waiting" && <Dot tone="warning" isWorking />}
          {status === "waiting" ? "waiting for approval" : status} · <Age at={updatedAt} />
        </span>
        <span className={styles.meta} title={eachToken(usage)}>
          {formatCompact(usage.inputTokens)} in · {formatCompact(usage.outputTokens)} out · {formatCost(costUsd)}
        </span>
      </Link>
    </li>
  );
}

/** The exact figures, for who points at the rounded ones. */
function eachToken({ inputTokens, outputTokens, cacheReadInputTokens = 0, cacheWriteInputTokens = 0 }: Usage): string {
  const figures: [number, string][] = [
    [inputTokens, "in"],
    [outputTokens, "out"],
    [cacheReadInputTokens, "read from the cache"],
    [cacheWriteInputTokens, "written to the cache"],
  ];
  return `Tokens: ${figures.map(([count, what]) => `${formatInteger(count)} ${what}`).join(", ")}`;
}
