import { Link } from "@tanstack/react-router";
import type { HarnessSummary } from "@/parts/api/types";
import { Badge } from "@/parts/ui/badge";
import table from "@/parts/ui/table.module.css";
import { Age } from "@/parts/ui/time";
import styles from "./harnesses.module.css";

/** A row per harness; on a phone, a card. The whole row leads to the chat. */
export function HarnessTable({ harnesses }: { harnesses: HarnessSummary[] }) {
  return (
    <table className={table.table}>
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col">Model</th>
          <th scope="col">Tools</th>
          <th scope="col">Version</th>
          <th scope="col">Updated</th>
        </tr>
      </thead>
      <tbody>
        {harnesses.map((harness) => (
          <HarnessRow key={harness.harnessId} harness={harness} />
        ))}
      </tbody>
    </table>
  );
}

function HarnessRow({ harness }: { harness: HarnessSummary }) {
  const { harnessId, harnessName, harnessVersion, model, tools = [], status, updatedAt } = harness;
  return (
    <tr>
      <th scope="row">
        <Link to="/agents/$harness" params={{ harness: harnessId }} className={table.name}>
          {harnessName}
        </Link>
        {status !== "READY" && <Badge tone="warning">{status.toLowerCase()}</Badge>}
      </th>
      <td data-label="Model">{model ? <ModelName {...model} /> : "–"}</td>
      <td data-label="Tools">
        <span className={styles.tools}>
          {tools.map((tool) => (
            <Badge key={tool.name}>{tool.name}</Badge>
          ))}
          {tools.length === 0 && <span className={table.faint}>built-in only</span>}
        </span>
      </td>
      <td data-label="Version">{harnessVersion}</td>
      <td data-label="Updated" className={table.faint}>
        <Age at={updatedAt} />
      </td>
    </tr>
  );
}

function ModelName({ provider, modelId }: { provider: string; modelId?: string }) {
  return (
    <span className={styles.model}>
      {provider}
      {modelId !== undefined && <code>{modelId}</code>}
    </span>
  );
}
