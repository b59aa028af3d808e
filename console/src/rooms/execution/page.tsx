import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useMemo } from "react";
import type { Execution, HistoryEvent } from "@/parts/api/types";
import { StreamNotice } from "@/parts/stream/stream-state";
import { Skeleton } from "@/parts/ui/empty";
import { ErrorNotice, Notice } from "@/parts/ui/notice";
import { Page, PageHead, PageTitle } from "@/parts/ui/page";
import { QueryState } from "@/parts/ui/query-state";
import { useTitle } from "@/parts/ui/use-title";
import { parseDefinition } from "@/parts/workflow/definition";
import { ExecutionBadge } from "@/parts/workflow/execution-badge";
import { WorkflowGraph } from "@/parts/workflow/graph/workflow-graph";
import { EventsTable } from "./events-table";
import styles from "./execution.module.css";
import { ExecutionActions } from "./execution-actions";
import { ExecutionFacts } from "./execution-facts";
import { Family } from "./family";
import { foldHistory, marksOf } from "./fold-history";
import { definitionQuery, executionQuery } from "./queries";
import { StatePanel } from "./state-panel";
import { useLiveHistory } from "./use-live-history";

/** An execution as it goes: its graph in the colours of what has happened, and each event. */
export function ExecutionPage() {
  const { machine = "", execution: name = "" } = useParams({ strict: false });
  const query = useQuery(executionQuery(machine, name));
  const { run, events, error } = useLiveHistory(machine, name, query.data?.runId);
  useTitle(name, machine);
  return (
    <Page kind="graph">
      <PageHead>
        <PageTitle isLong>
          <p>
            <Link to="/workflows/$machine/executions" params={{ machine }}>
              {machine}
            </Link>
          </p>
          <h1>{name}</h1>
        </PageTitle>
        {query.data?.status && <ExecutionBadge status={query.data.status} />}
        {query.data && <ExecutionActions execution={query.data} />}
      </PageHead>
      {query.data && <StreamNotice stream={run} what="The journal" />}
      <QueryState query={query} skeletonLines={8}>
        {(execution) => (
          <>
            <ExecutionFacts execution={execution} />
            {error && !events && <ErrorNotice error={error} />}
            <Story execution={execution} events={events} />
            <Family execution={execution} />
          </>
        )}
      </QueryState>
    </Page>
  );
}

/** The graph with the state that is looked at, and the events below; which state that is is in the address. */
function Story({ execution, events }: { execution: Execution; events: HistoryEvent[] | undefined }) {
  const definition = useQuery(definitionQuery(execution.arn));
  const { state } = useSearch({ strict: false });
  const navigate = useNavigate();
  const scope = useMemo(() => parseDefinition(definition.data ?? ""), [definition.data]);
  const history = useMemo(() => foldHistory(events ?? []), [events]);
  const marks = useMemo(() => marksOf(history), [history]);
  const select = (name: string | undefined) => {
    void navigate({ to: ".", search: name === undefined || name === state ? {} : { state: name }, replace: true, resetScroll: false });
  };
  return (
    <>
      <div className={styles.story}>
        <div className={styles.graph}>
          {scope && <WorkflowGraph scope={scope} label="Graph of the execution" marks={marks} selected={state} onSelect={select} />}
          {definition.error && <ErrorNotice error={definition.error} />}
          {definition.data !== undefined && !scope && <Notice tone="warning" title="The definition cannot be drawn." />}
          {definition.isPending && !definition.error && <Skeleton lines={6} height={32} />}
        </div>
        <StatePanel key={state} name={state} scope={scope} history={history} execution={execution} onClose={() => select(undefined)} />
      </div>
      {events ? <EventsTable events={events} history={history} /> : <Skeleton lines={8} />}
    </>
  );
}
