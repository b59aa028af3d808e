import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useMemo } from "react";
import { harnessQuery, sessionRunQuery } from "@/parts/api/queries";
import { RunPhaseNotice } from "@/parts/run/run-phase-notice";
import { useRun } from "@/parts/run/use-run";
import { Badge, type Tone } from "@/parts/ui/badge";
import { buttonClass } from "@/parts/ui/button";
import { Empty, Skeleton } from "@/parts/ui/empty";
import { ErrorNotice } from "@/parts/ui/notice";
import { useTitle } from "@/parts/ui/use-title";
import styles from "./session.module.css";
import { buildTimeline } from "./timeline";
import { TimelineView } from "./timeline-view";
import { addUp } from "./totals";
import { TotalsView } from "./totals-view";
import { TypeFilter } from "./type-filter";

const kPhases: Record<string, { word: string; tone: Tone }> = {
  connecting: { word: "Connecting", tone: "neutral" },
  live: { word: "Live", tone: "live" },
  reconnecting: { word: "Reconnecting", tone: "warning" },
  failed: { word: "Not followed", tone: "danger" },
};

/** A session as its journal has it: what it took, and each event on the axis of time. */
export function SessionPage() {
  const { harness = "", sessionId = "" } = useParams({ strict: false });
  const { types } = useSearch({ strict: false });
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
    void navigate({ to: ".", search: next.length > 0 ? { types: next.join(",") } : {}, replace: true });
  };
  const phase = kPhases[run.phase];
  return (
    <div className={styles.page}>
      <div className={styles.head}>
        <div className={styles.who}>
          <h1>Journal of {name}</h1>
          <code>{sessionId}</code>
        </div>
        {!runId.error && <Badge tone={phase?.tone ?? "neutral"}>{phase?.word}</Badge>}
        <Link
          to="/agents/$harness/sessions/$sessionId"
          params={{ harness, sessionId }}
          className={buttonClass()}
        >
          Conversation
        </Link>
      </div>
      {runId.error && <ErrorNotice error={runId.error} />}
      {runId.data !== undefined && <RunPhaseNotice run={run} />}
      {!runId.error && <TotalsView totals={totals} />}
      <TypeFilter events={run.events} chosen={chosen} onChange={choose} />
      {run.events.length > 0 && groups.length === 0 && <Empty title="No event of these types" />}
      {run.events.length > 0 ? <TimelineView groups={groups} /> : !runId.error && run.phase !== "failed" && <Skeleton lines={8} />}
    </div>
  );
}

function withTypes(groups: ReturnType<typeof buildTimeline>, chosen: readonly string[]) {
  if (chosen.length === 0) return groups;
  const kept = groups.map((group) => ({ ...group, rows: group.rows.filter((row) => chosen.includes(row.type)) }));
  return kept.filter((group) => group.rows.length > 0);
}
