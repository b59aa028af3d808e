import type { ContentBlock, JournalBodies, JournalEvent } from "@/parts/api/types";
import type { Block, Conversation, Part, Step, ToolCall, Turn } from "./conversation";
import { foldWireEvent } from "./fold-stream";

/** The conversation after one more event. Events that it does not know change nothing. */
export function foldEvent(conversation: Conversation, event: JournalEvent): Conversation {
  switch (event.type) {
    case "invocation.started":
      return { turns: [...conversation.turns, startTurn(event.body, event.at)] };
    case "session.ended":
      return { ...conversation, endReason: event.body.reason };
    case "session.reopened":
      return { turns: conversation.turns };
    default:
      return withLastTurn(conversation, (turn) => foldTurn(turn, event));
  }
}

function withLastTurn(conversation: Conversation, change: (turn: Turn) => Turn): Conversation {
  const last = conversation.turns.at(-1);
  if (!last) return conversation;
  const changed = change(last);
  return changed === last ? conversation : { ...conversation, turns: conversation.turns.with(-1, changed) };
}

function startTurn(body: JournalBodies["invocation.started"], at: string): Turn {
  const prompt = body.messages.filter((message) => message.role === "user").flatMap((message) => message.content);
  return { invocationId: body.invocationId, startedAt: at, prompt, parts: [], tools: {} };
}

function foldTurn(turn: Turn, event: JournalEvent): Turn {
  switch (event.type) {
    case "model.intent":
      return withStep({ ...interruptSteps(turn), toolMessage: undefined }, event.seq);
    case "stream":
      return event.body.reduce((now, wire) => foldWireEvent(now, wire, event.seq), turn);
    case "model.result":
      return finishStep(turn, event.body, event.seq);
    case "tool.intent":
      return startTool(turn, event.body, event.at);
    case "tool.result":
      return finishTool(turn, event.body, event.at);
    case "invocation.resumed": {
      const resumption: Part = { kind: "resumption", seq: event.seq, at: event.at };
      const parts = [...interruptSteps(turn).parts, resumption];
      return { ...turn, parts, toolMessage: undefined };
    }
    case "invocation.finished":
      return finishTurn(turn, event.body, event.at);
    default:
      return turn;
  }
}

function withStep(turn: Turn, seq: number): Turn {
  const step: Step = { kind: "step", seq, state: "streaming", blocks: [] };
  return { ...turn, parts: [...turn.parts, step] };
}

/** What was streaming when the server stopped will not be finished: the model is asked again. */
function interruptSteps(turn: Turn): Turn {
  if (!turn.parts.some((part) => part.kind === "step" && part.state === "streaming")) return turn;
  const interrupt = (part: Part): Part =>
    part.kind === "step" && part.state === "streaming" ? { ...part, state: "interrupted" } : part;
  return { ...turn, parts: turn.parts.map(interrupt) };
}

/** The result is the whole message: it takes the place of what was streamed, which says the same. */
function finishStep(turn: Turn, body: JournalBodies["model.result"], seq: number): Turn {
  const at = turn.parts.findLastIndex((part) => part.kind === "step" && part.state === "streaming");
  const open = at < 0 ? undefined : turn.parts[at];
  const state = body.stopReason === "interrupted" ? "interrupted" : "done";
  const step: Step = { kind: "step", seq: open?.seq ?? seq, state, blocks: body.message.content.flatMap(blockOf) };
  return { ...turn, parts: open ? turn.parts.with(at, step) : [...turn.parts, step] };
}

function blockOf(content: ContentBlock, index: number): Block[] {
  if (content.text !== undefined) return [{ kind: "text", index, text: content.text }];
  const { reasoningContent, toolUse } = content;
  if (reasoningContent) {
    const text = reasoningContent.reasoningText?.text ?? "";
    return text === "" ? [] : [{ kind: "reasoning", index, text }];
  }
  if (toolUse) {
    const { toolUseId, name } = toolUse;
    return [{ kind: "tool", index, toolUseId, name, input: JSON.stringify(toolUse.input) ?? "" }];
  }
  return [];
}

function withTool(turn: Turn, tool: ToolCall): Turn {
  return { ...turn, tools: { ...turn.tools, [tool.toolUseId]: tool } };
}

/** A second intent of the same call is a repetition after a restart: its output begins anew. */
function startTool(turn: Turn, body: JournalBodies["tool.intent"], at: string): Turn {
  const { toolUseId, name, input } = body;
  return withTool(turn, { toolUseId, name, input, state: "running", startedAt: at, output: [] });
}

function finishTool(turn: Turn, body: JournalBodies["tool.result"], at: string): Turn {
  const { toolUseId, name, status, content, latencyMs } = body;
  const before = turn.tools[toolUseId] ?? { toolUseId, name, input: undefined, startedAt: at };
  return withTool(turn, { ...before, state: status, output: content, latencyMs });
}

function finishTurn(turn: Turn, body: JournalBodies["invocation.finished"], at: string): Turn {
  const stop = (tool: ToolCall): ToolCall => (tool.state === "running" ? { ...tool, state: "stopped" } : tool);
  const tools = Object.fromEntries(Object.entries(turn.tools).map(([id, tool]) => [id, stop(tool)]));
  const { stopReason, usage, toolCalls, latencyMs, error } = body;
  return {
    ...interruptSteps(turn),
    tools,
    toolMessage: undefined,
    finish: { stopReason, at, usage, toolCalls, latencyMs, error },
  };
}
