import { Link } from "@tanstack/react-router";
import type { Execution } from "@/parts/api/types";
import { formatDuration } from "@/parts/ui/format";
import table from "@/parts/ui/table.module.css";
import { Age, useNow } from "@/parts/ui/time";
import { ExecutionBadge } from "./execution-badge";
import { qualifierOf } from "./names";

interface ExecutionTableProps {
  executions: readonly Execution[];
  /** What each execution is to the one that is looked at; with it the table names machines too. */
  roleOf?: (execution: Execution) => string;
}

/** A row per execution; on a phone, a card. The whole row leads to it. */
export function ExecutionTable({ executions, roleOf }: ExecutionTableProps) {
  return (
    <table className={table.table}>
      <thead>
        <tr>
          <th scope="col">Name</th>
          {roleOf && <th scope="col">Workflow</th>}
          <th scope="col">Status</th>
          <th scope="col">{roleOf ? "Is" : "Started on"}</th>
          <th scope="col">Started</th>
          <th scope="col">Took</th>
        </tr>
      </thead>
      <tbody>
        {executions.map((execution) => (
          <ExecutionRow key={execution.arn} execution={execution} role={roleOf?.(execution)} />
        ))}
      </tbody>
    </table>
  );
}

function ExecutionRow({ execution, role }: { execution: Execution; role: string | undefined }) {
  const { name = "", machine = "", status = "RUNNING", startedAt = "" } = execution;
  return (
    <tr>
      <th scope="row">
        <Link to="/workflows/$machine/executions/$execution" params={{ machine, execution: name }} className={table.name}>
          {name}
        </Link>
      </th>
      {role !== undefined && <td data-label="Workflow">{machine}</td>}
      <td data-label="Status">
        <ExecutionBadge status={status} />
      </td>
      <td data-label={role === undefined ? "On" : "Is"} className={table.faint}>
        {role ?? targetOf(execution)}
      </td>
      <td data-label="Started" className={table.faint}>
        <Age at={startedAt} />
      </td>
      <td data-label="Took" className={table.faint}>
        <Took execution={execution} />
      </td>
    </tr>
  );
}

function targetOf({ aliasArn, versionArn }: Execution): string {
  const names = [...(aliasArn ? [qualifierOf(aliasArn)] : []), ...(versionArn ? [`version ${qualifierOf(versionArn)}`] : [])];
  return names.length > 0 ? names.join(" · ") : "no version";
}

/** From an execution's start to its end, or to now while it runs. */
export function Took({ execution: { startedAt, stoppedAt, status } }: { execution: Execution }) {
  const now = useNow(1_000);
  const end = stoppedAt !== undefined && status !== "RUNNING" ? Date.parse(stoppedAt) : now;
  return formatDuration(Math.max(0, end - Date.parse(startedAt ?? "")));
}
