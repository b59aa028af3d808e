import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useEffect, useMemo } from "react";
import { harnessQuery, sessionRunQuery } from "@/parts/api/queries";
import type { JournalEvent } from "@/parts/api/types";
import { useRun } from "@/parts/run/use-run";
import { StreamBadge, StreamNotice } from "@/parts/stream/stream-state";
import { buttonClass } from "@/parts/ui/button";
import { Empty, Skeleton } from "@/parts/ui/empty";
import { ErrorNotice } from "@/parts/ui/notice";
import { Page, PageHead, PageTitle } from "@/parts/ui/page";
import { useTitle } from "@/parts/ui/use-title";
import { AgentTree } from "./agent-tree-view";
import { treeQuery } from "./queries";
import styles from "./session.module.css";
import { buildTimeline } from "./timeline";
import { TimelineView } from "./timeline-view";
import { addUp } from "./totals";
import { TotalsView } from "./totals-view";
import { TypeFilter } from "./type-filter";

const kTreeChanges: ReadonlySet<string> = new Set(["invocation.started", "subagent.started", "invocation.finished"]);

/** A session as its journal has it: what it took, and each event on the axis of time. */
export function SessionPage() {
  const { harness = "", sessionId = "" } = useParams({ strict: false });
  const { types, model } = useSearch({ strict: false });
  const navigate = useNavigate();
  const configuration = useQuery(harnessQuery(harness));
  const runId = useQuery(sessionRunQuery(harness, sessionId));
  const run = useRun(runId.data);
  const name = configuration.data?.harnessName ?? harness;
  useTitle("Journal", name);

  const chosen = useMemo(() => (types ? types.split(",") : []), [types]);
  const totals = useMemo(() => addUp(run.events), [run.events]);
  const groups = useMemo(() => withTypes(buildTimeline(run.events), chosen), [run.events, chosen]);
  const choose = (next: string[]) => {
    void navigate({ to: ".", search: { ...(model === undefined ? {} : { model }), ...(next.length > 0 ? { types: next.join(",") } : {}) }, replace: true });
  };
  useFreshTree(harness, sessionId, run.events);
  return (
    <Page kind="log">
      <PageHead>
        <PageTitle isLong>
          <h1>Journal of {name}</h1>
          <code className={styles.sessionId}>{sessionId}</code>
        </PageTitle>
        {!runId.error && <StreamBadge phase={run.phase} />}
        <Link
          to="/agents/$harness/sessions/$sessionId"
          params={{ harness, sessionId }}
          search={({ model }) => (model === undefined ? {} : { model })}
          className={buttonClass()}
        >
          Conversation
        </Link>
      </PageHead>
      {runId.error && <ErrorNotice error={runId.error} />}
      {runId.data !== undefined && <StreamNotice stream={run} what="The journal" />}
      {!runId.error && <TotalsView totals={totals} />}
      {runId.data !== undefined && <AgentTree key={sessionId} harness={harness} sessionId={sessionId} />}
      <TypeFilter events={run.events} chosen={chosen} onChange={choose} />
      {run.events.length > 0 && groups.length === 0 && <Empty title="No event of these types" />}
      {run.events.length > 0 ? <TimelineView groups={groups} /> : !runId.error && run.phase !== "failed" && <Skeleton lines={8} />}
    </Page>
  );
}

/** The tree is read again when a sub-agent starts, and when one has said its last word. */
function useFreshTree(harness: string, sessionId: string, events: readonly JournalEvent[]): void {
  const client = useQueryClient();
  const changes = useMemo(() => events.filter(({ type }) => kTreeChanges.has(type)).length, [events]);
  useEffect(() => {
    if (changes > 0) void client.invalidateQueries({ queryKey: treeQuery(harness, sessionId).queryKey });
  }, [client, harness, sessionId, changes]);
}

function withTypes(groups: ReturnType<typeof buildTimeline>, chosen: readonly string[]) {
  if (chosen.length === 0) return groups;
  const kept = groups.map((group) => ({ ...group, rows: group.rows.filter((row) => chosen.includes(row.type)) }));
  return kept.filter((group) => group.rows.length > 0);
}
