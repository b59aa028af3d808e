import type { ContentBlock, JournalEvent, ToolContent, WireEvent } from "@/parts/api/types";
import { oneLine } from "@/parts/ui/format";

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
      return `${event.body.stopReason}: ${event.body.message.content.map(blockText).join(" ")}`;
    case "tool.intent":
      return `${event.body.name} ${JSON.stringify(event.body.input)}`;
    case "tool.result":
      return `${event.body.name} ${event.body.status}: ${event.body.content.map(toolText).join(" ")}`;
    case "invocation.resumed":
      return event.body.reason ?? "";
    case "invocation.finished":
      return event.body.error ? `${event.body.error.code}: ${event.body.error.message}` : event.body.stopReason;
    case "exec.started":
      return event.body.command;
    case "exec.finished":
      return [`exit code ${event.body.exitCode}`, ...(event.body.exceeded ?? [])].join(", ");
    case "session.ended":
      return event.body.reason.replaceAll("_", " ");
    default:
      return "";
  }
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
