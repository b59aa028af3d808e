import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { Execution } from "@/parts/api/types";
import { formatDateTime } from "@/parts/ui/format";
import { Took } from "@/parts/workflow/execution-table";
import { executionOfArn, qualifierOf } from "@/parts/workflow/names";
import { kExecutionWords } from "@/parts/workflow/state-status";
import styles from "./execution.module.css";

/** When it ran and how long, on what, who started it, and how it ended when that was no success. */
export function ExecutionFacts({ execution }: { execution: Execution }) {
  const { startedAt, versionArn, aliasArn, parentArn, mapRunArn, correlationId, redrives = 0 } = execution;
  const facts: [string, ReactNode][] = [
    ["Started", startedAt === undefined ? "–" : formatDateTime(startedAt)],
    ["Took", <Took key="took" execution={execution} />],
    ["On", [...(aliasArn ? [qualifierOf(aliasArn)] : []), versionArn ? `version ${qualifierOf(versionArn)}` : "no version"].join(" · ")],
    ...(redrives > 0 ? ([["Redrives", redrives]] as [string, ReactNode][]) : []),
    ...(parentArn === undefined ? [] : ([["Started by", <ExecutionLink key="parent" arn={parentArn} />]] as [string, ReactNode][])),
    ...(mapRunArn === undefined ? [] : ([["Item of", <code key="map-run">{qualifierOf(mapRunArn)}</code>]] as [string, ReactNode][])),
    ["Correlation id", <code key="id">{correlationId}</code>],
  ];
  return (
    <>
      <dl className={styles.facts}>
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <Ending execution={execution} />
    </>
  );
}

/** Why it did not succeed. Who stops an execution need not say anything. */
function Ending({ execution: { status = "RUNNING", error, cause } }: { execution: Execution }) {
  if (error === undefined && cause === undefined) return null;
  return (
    <div className={styles.ending} role="group" aria-label="How it ended">
      <strong>{error || `It was ${kExecutionWords[status]}.`}</strong>
      {cause !== undefined && <p>{cause}</p>}
    </div>
  );
}

/** A link to the execution that an ARN names; the ARN alone when it is none of this server's. */
export function ExecutionLink({ arn }: { arn: string }) {
  const params = executionOfArn(arn);
  if (!params) return <code>{arn}</code>;
  return (
    <Link to="/workflows/$machine/executions/$execution" params={params}>
      {params.machine} / {params.execution}
    </Link>
  );
}
