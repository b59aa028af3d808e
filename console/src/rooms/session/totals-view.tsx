import { formatCompact, formatCost, formatDuration, formatInteger, formatUsd } from "@/parts/ui/format";
import styles from "./session.module.css";
import type { Totals } from "./totals";

/** The figures over the timeline, and how the working time was shared between models and tools. */
export function TotalsView({ totals }: { totals: Totals }) {
  const figures: [string, string, string?][] = [
    ["Invocations", formatInteger(totals.invocations), totals.restarts > 0 ? `${totals.restarts} resumed` : undefined],
    ["Model calls", formatInteger(totals.modelCalls), formatDuration(totals.modelMs)],
    [
      "Tool calls",
      formatInteger(totals.toolCalls),
      totals.toolErrors > 0 ? `${totals.toolErrors} failed · ${formatDuration(totals.toolMs)}` : formatDuration(totals.toolMs),
    ],
    [
      "Tokens",
      formatInteger(totals.inputTokens + totals.outputTokens),
      `${formatInteger(totals.inputTokens)} in · ${formatInteger(totals.outputTokens)} out`,
    ],
    ["Cache", formatInteger(totals.cacheReadTokens), `read · ${formatCompact(totals.cacheWriteTokens)} written`],
    ["Cost", formatCost(totals.costUsd), costNote(totals)],
  ];
  return (
    <dl className={styles.totals}>
      {figures.map(([name, value, note]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            <strong>{value}</strong>
            {note !== undefined && <span>{note}</span>}
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** Who spent it, and whether it is the whole cost. */
function costNote({ costUsd, subAgentCostUsd, unpricedCalls }: Totals): string | undefined {
  const notes = [];
  if (subAgentCostUsd > 0) notes.push(`${formatUsd(subAgentCostUsd)} by sub-agents`);
  if (costUsd !== undefined && unpricedCalls > 0) notes.push(unpricedCalls === 1 ? "1 call without a price" : `${unpricedCalls} calls without a price`);
  return notes.length > 0 ? notes.join(" · ") : undefined;
}
