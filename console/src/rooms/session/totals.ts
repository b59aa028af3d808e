import type { JournalEvent, Usage } from "@/parts/api/types";

/** What a session took, added up from its journal. */
export interface Totals {
  invocations: number;
  modelCalls: number;
  toolCalls: number;
  toolErrors: number;
  restarts: number;
  inputTokens: number;
  outputTokens: number;
  cacheReadTokens: number;
  cacheWriteTokens: number;
  /** Of the calls that have a price; nothing when none has. */
  costUsd: number | undefined;
  /** The part of it that sub-agents spent. */
  subAgentCostUsd: number;
  /** Calls of a model that has no price. */
  unpricedCalls: number;
  /** Time between intent and result; calls that ran side by side are each counted whole. */
  modelMs: number;
  toolMs: number;
}

/** Tokens are those of the model's results: they count as soon as a call is over, before its invocation is. */
export function addUp(events: readonly JournalEvent[]): Totals {
  const totals: Totals = {
    invocations: 0,
    modelCalls: 0,
    toolCalls: 0,
    toolErrors: 0,
    restarts: 0,
    inputTokens: 0,
    outputTokens: 0,
    cacheReadTokens: 0,
    cacheWriteTokens: 0,
    costUsd: undefined,
    subAgentCostUsd: 0,
    unpricedCalls: 0,
    modelMs: 0,
    toolMs: 0,
  };
  for (const event of events) {
    switch (event.type) {
      case "invocation.started":
        totals.invocations++;
        break;
      case "invocation.resumed":
        totals.restarts++;
        break;
      case "model.result":
        totals.modelCalls++;
        totals.modelMs += event.body.latencyMs ?? 0;
        addUse(totals, event.body);
        break;
      case "context.compacted":
        // A summary is made by a model; a window that slides costs nothing.
        if (event.body.usage) addUse(totals, event.body);
        break;
      case "tool.result":
        totals.toolCalls++;
        totals.toolMs += event.body.latencyMs ?? 0;
        if (event.body.status === "error") totals.toolErrors++;
        addSubAgent(totals, event.body.costUsd);
        break;
    }
  }
  return totals;
}

function addUse(totals: Totals, { usage, costUsd }: { usage?: Usage; costUsd?: number }): void {
  totals.inputTokens += usage?.inputTokens ?? 0;
  totals.outputTokens += usage?.outputTokens ?? 0;
  totals.cacheReadTokens += usage?.cacheReadInputTokens ?? 0;
  totals.cacheWriteTokens += usage?.cacheWriteInputTokens ?? 0;
  if (costUsd === undefined) totals.unpricedCalls++;
  else totals.costUsd = (totals.costUsd ?? 0) + costUsd;
}

/** Of a tool, only a sub-agent has a cost. */
function addSubAgent(totals: Totals, costUsd: number | undefined): void {
  if (costUsd === undefined) return;
  totals.costUsd = (totals.costUsd ?? 0) + costUsd;
  totals.subAgentCostUsd += costUsd;
}
