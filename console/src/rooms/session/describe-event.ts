import type { ContentBlock, JournalBodies, JournalEvent, ToolContent, Usage, WireEvent } from "@/parts/api/types";
import { formatInteger, formatUsd, oneLine } from "@/parts/ui/format";

const kLimit = 160;

/** What a row says about its events on one line. */
export function describeEvent(events: readonly JournalEvent[]): string {
  const first = events[0];
  if (!first) return "";
  if (first.type === "stream") return oneLine(events.map(streamText).join(""), kLimit) || "markers only";
  return oneLine(describeOne(first), kLimit);
}

function describeOne(event: JournalEvent): string {
  switch (event.type) {
    case "session.created":
      return event.body.sessionId;
    case "invocation.started":
      return event.body.messages.flatMap(({ content }) => content.map(blockText)).join(" ");
    case "model.intent":
      return [event.body.provider, event.body.modelId].filter(Boolean).join(" ");
    case "model.result":
      return `${event.body.stopReason}${inBrackets(useOf(event.body))}: ${event.body.message.content.map(blockText).join(" ")}`;
    case "tool.intent":
      return `${event.body.name} ${JSON.stringify(event.body.input)}`;
    case "tool.result":
      return `${event.body.name} ${event.body.status}: ${event.body.content.map(toolText).join(" ")}`;
    case "invocation.resumed":
      return event.body.reason ?? "";
    case "invocation.finished":
      return describeFinish(event.body);
    case "approval.requested":
      return `${event.body.name} waits for approval by ${event.body.rule}: ${JSON.stringify(event.body.input)}`;
    case "approval.answered":
      return describeAnswer(event.body);
    case "invocation.waiting":
      return "nothing runs until an approval is answered";
    case "hook.started":
      return `${hookName(event.body)} is asked`;
    case "hook.finished":
      return describeHook(event.body);
    case "context.compacting":
      return `the conversation is too long for the model: ${event.body.strategy.replaceAll("_", " ")}`;
    case "context.compacted":
      return describeCompaction(event.body);
    case "subagent.started":
      return describeChild(event.body);
    case "subagent.asks":
      return `${event.body.harnessName}: ${event.body.name} waits for approval by ${event.body.rule}: ${JSON.stringify(event.body.input)}`;
    case "subagent.heard":
      return `${event.body.harnessName}: ${describeAnswer(event.body)}`;
    case "output.rejected":
      return `answer ${event.body.attempt} does not fit the schema: ${event.body.violations.join("; ")}`;
    case "output.accepted":
      return `the answer fits the schema: ${JSON.stringify(event.body.value)}`;
    case "exec.started":
      return event.body.command;
    case "exec.finished":
      return [`exit code ${event.body.exitCode}`, ...(event.body.exceeded ?? [])].join(", ");
    case "shell.started":
    case "shell.detached":
      return event.body.shellId;
    case "shell.attached":
      return `${event.body.shellId}${event.body.reconnected ? ", again" : ""}`;
    case "shell.finished":
      return [event.body.shellId, `exit code ${event.body.exitCode}`, ...(event.body.exceeded ?? [])].join(", ");
    case "memory.recalled":
      return describeRecall(event.body);
    case "memory.kept":
      return `${event.body.messages === 1 ? "1 message" : `${event.body.messages} messages`} of ${event.body.actorId} kept as ${event.body.eventId}`;
    case "memory.failed":
      return `${event.body.what} failed: ${event.body.error}`;
    case "session.ended":
      return event.body.reason.replaceAll("_", " ");
    default:
      return "";
  }
}

function describeFinish({ error, stopReason, pending = [], ...rest }: JournalBodies["invocation.finished"]): string {
  if (error) return `${error.code}: ${error.message}`;
  const owed = pending.length > 0 ? `, the caller owes ${pending.length === 1 ? "a result" : `${pending.length} results`}` : "";
  return `${stopReason}${inBrackets(useOf(rest))}${owed}`;
}

const kDecisions = { approve: "approved", deny: "denied", expired: "expired, which counts as denied", cancelled: "cancelled" };

function describeAnswer({ decision, by, reason }: JournalBodies["approval.answered"]): string {
  return `${kDecisions[decision]}${by ? ` by ${by}` : ""}${reason ? `: ${reason}` : ""}`;
}

function hookName({ name, type }: { name: string; type: string }): string {
  return `${name} (${type.replaceAll("_", " ")})`;
}

function describeHook(body: JournalBodies["hook.finished"]): string {
  const { decision, reason, error } = body;
  const said = [error === undefined ? "" : `failed: ${error}`, decision ?? ""].filter(Boolean).join(", ") || "answered";
  return `${hookName(body)} ${said}${reason ? `: ${reason}` : ""}`;
}

function describeCompaction(body: JournalBodies["context.compacted"]): string {
  const { removed, tokensBefore, tokensAfter, summary } = body;
  const tokens =
    tokensBefore === undefined || tokensAfter === undefined
      ? ""
      : `, ${formatInteger(tokensBefore)} to ${formatInteger(tokensAfter)} tokens`;
  const what = summary ? "summed up" : "left out";
  return `${removed === 1 ? "1 message" : `${removed} messages`} ${what}${tokens}${inBrackets(useOf(body))}${summary ? `: ${summary}` : ""}`;
}

function describeRecall({ actorId, text, records }: JournalBodies["memory.recalled"]): string {
  if (text === "") return `nothing is known of ${actorId} that helps`;
  return `${records.length === 1 ? "1 record" : `${records.length} records`} for ${actorId}: ${text}`;
}

function describeChild({ harnessName, sessionId, budgetUsd }: JournalBodies["subagent.started"]): string {
  const budget = budgetUsd === undefined ? "" : ` with at most ${formatUsd(budgetUsd)}`;
  return `${harnessName} works in ${sessionId}${budget}`;
}

/** What a call of a model took: money and tokens, as far as they are known. */
function useOf({ usage, costUsd }: { usage?: Usage; costUsd?: number }): string {
  const { inputTokens = 0, outputTokens = 0, cacheReadInputTokens = 0, cacheWriteInputTokens = 0 } = usage ?? {};
  const figures: [number, string][] = [
    [inputTokens, "in"],
    [outputTokens, "out"],
    [cacheReadInputTokens, "from the cache"],
    [cacheWriteInputTokens, "to the cache"],
  ];
  const tokens = figures.filter(([count]) => count > 0).map(([count, what]) => `${formatInteger(count)} ${what}`);
  return [...(costUsd === undefined ? [] : [formatUsd(costUsd)]), ...tokens].join(", ");
}

function inBrackets(text: string): string {
  return text === "" ? "" : ` (${text})`;
}

function streamText(event: JournalEvent): string {
  return event.type === "stream" ? event.body.map(wireText).join("") : "";
}

function wireText({ contentBlockDelta, contentBlockStart }: WireEvent): string {
  if (contentBlockStart?.start?.toolUse) return ` ${contentBlockStart.start.toolUse.name} `;
  const delta = contentBlockDelta?.delta;
  if (!delta) return "";
  return delta.text ?? delta.reasoningContent?.text ?? delta.toolUse?.input ?? delta.toolResult?.map(toolText).join("") ?? "";
}

function blockText({ text, toolUse, toolResult, image }: ContentBlock): string {
  if (text !== undefined) return text;
  if (toolUse) return `→ ${toolUse.name}`;
  if (toolResult) return toolResult.content.map(toolText).join(" ");
  return image ? "[picture]" : "";
}

function toolText({ text, json, image }: ToolContent): string {
  return text ?? (image ? `[${image.source.file ?? "picture"}]` : json === undefined ? "" : JSON.stringify(json));
}
