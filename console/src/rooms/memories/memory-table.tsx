import { Link } from "@tanstack/react-router";
import type { Memory } from "@/parts/api/types";
import { Badge } from "@/parts/ui/badge";
import { formatInteger } from "@/parts/ui/format";
import table from "@/parts/ui/table.module.css";
import { Age } from "@/parts/ui/time";
import styles from "./memories.module.css";

/** A row per memory; on a phone, a card. The whole row leads to it. */
export function MemoryTable({ memories }: { memories: readonly Memory[] }) {
  return (
    <table className={table.table}>
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col">Strategies</th>
          <th scope="col">Events</th>
          <th scope="col">Records</th>
          <th scope="col">Created</th>
        </tr>
      </thead>
      <tbody>
        {memories.map(({ id, name, strategies, events, records, createdAt }) => (
          <tr key={id}>
            <th scope="row">
              <Link to="/memory/$memory" params={{ memory: id }} className={table.name}>
                {name}
              </Link>
            </th>
            <td data-label="Strategies">
              <span className={styles.badges}>
                {strategies.map((strategy) => (
                  <Badge key={strategy.strategyId}>{strategy.name}</Badge>
                ))}
                {strategies.length === 0 && <span className={table.faint}>none</span>}
              </span>
            </td>
            <td data-label="Events">{formatInteger(events)}</td>
            <td data-label="Records">{formatInteger(records)}</td>
            <td data-label="Created" className={table.faint}>
              <Age at={createdAt} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
