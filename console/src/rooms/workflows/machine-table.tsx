import { Link } from "@tanstack/react-router";
import type { Machine } from "@/parts/api/types";
import { Badge } from "@/parts/ui/badge";
import { formatInteger } from "@/parts/ui/format";
import table from "@/parts/ui/table.module.css";
import { Age } from "@/parts/ui/time";

/** A row per state machine; on a phone, a card. The whole row leads to it. */
export function MachineTable({ machines }: { machines: readonly Machine[] }) {
  return (
    <table className={table.table}>
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col">Type</th>
          <th scope="col">Versions</th>
          <th scope="col">Aliases</th>
          <th scope="col">Updated</th>
        </tr>
      </thead>
      <tbody>
        {machines.map(({ name, type, status, versions, aliases, updatedAt }) => (
          <tr key={name}>
            <th scope="row">
              <Link to="/workflows/$machine" params={{ machine: name }} className={table.name}>
                {name}
              </Link>
              {status !== "active" && <Badge tone="warning">{status}</Badge>}
            </th>
            <td data-label="Type">{type === "EXPRESS" ? "Express" : "Standard"}</td>
            <td data-label="Versions">{formatInteger(versions)}</td>
            <td data-label="Aliases">{formatInteger(aliases)}</td>
            <td data-label="Updated" className={table.faint}>
              <Age at={updatedAt} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
