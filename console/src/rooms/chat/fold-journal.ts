import type { ContentBlock, JournalBodies, JournalEvent, ToolUse } from "@/parts/api/types";
import type { Block, CallResult, Conversation, Part, Step, ToolCall, Turn } from "./conversation";
import { foldWireEvent } from "./fold-stream";
import { parseInput } from "./tool-summary";

/** The conversation after one more event. Events that it does not know change nothing. */
export function foldEvent(conversation: Conversation, event: JournalEvent): Conversation {
  switch (event.type) {
    case "invocation.started":
      return addTurn(conversation, event.body, event.at);
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

/**
 * A prompt, or the results of the calls that the turn before left to the caller: its cards show them. A call without a
 * result is not waited for any more.
 */
function addTurn(conversation: Conversation, body: JournalBodies["invocation.started"], at: string): Conversation {
  const prompt = body.messages.filter((message) => message.role === "user").flatMap((message) => message.content);
  const asked = conversation.turns.at(-1)?.tools ?? {};
  const results = prompt.flatMap(({ toolResult }): CallResult[] => {
    if (!toolResult) return [];
    const { toolUseId, content, status = "success" } = toolResult;
    return [{ toolUseId, name: asked[toolUseId]?.name ?? "a call", status, content }];
  });
  const { turns } = withLastTurn(conversation, (turn) => giveUpCalls(results.reduce(takeResult, turn)));
  return { turns: [...turns, { invocationId: body.invocationId, startedAt: at, prompt, results, parts: [], tools: {} }] };
}

function takeResult(turn: Turn, { toolUseId, status, content }: CallResult): Turn {
  const tool = turn.tools[toolUseId];
  return tool ? withTool(turn, { ...tool, state: status, output: content }) : turn;
}

function giveUpCalls(turn: Turn): Turn {
  const open = Object.values(turn.tools).filter(({ state }) => state === "yours");
  return open.reduce((now, tool) => withTool(now, { ...tool, state: "stopped" }), turn);
}

function foldTurn(turn: Turn, event: JournalEvent): Turn {
  switch (event.type) {
    case "model.intent":
      return withStep({ ...interruptSteps(turn), toolMessage: undefined }, event.body, event.seq);
    case "stream":
      return event.body.reduce((now, wire) => foldWireEvent(now, wire, event.seq), turn);
    case "model.result":
      return finishStep(turn, event.body, event.seq);
    case "approval.requested":
      return askForTool(turn, event.body, event.at);
    case "approval.answered":
      return answerForTool(turn, event.body);
    case "subagent.started":
      return startChild(turn, event.body, event.at);
    case "context.compacted": {
      const { removed, summary } = event.body;
      return addPart(turn, { kind: "compaction", seq: event.seq, removed, summary });
    }
    case "memory.recalled": {
      const { memoryId, actorId, text, records } = event.body;
      return addPart(turn, { kind: "recollection", seq: event.seq, memoryId, actorId, text, records: records.length });
    }
    case "memory.kept": {
      const { memoryId, actorId, eventId, messages } = event.body;
      return addPart(turn, { kind: "keeping", seq: event.seq, memoryId, actorId, eventId, messages });
    }
    case "memory.failed":
      return addPart(turn, { kind: "memory-failure", seq: event.seq, what: event.body.what, error: event.body.error });
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

function addPart(turn: Turn, part: Part): Turn {
  return { ...turn, parts: [...turn.parts, part] };
}

function withStep(turn: Turn, { provider, modelId }: JournalBodies["model.intent"], seq: number): Turn {
  const model = [provider, modelId].filter(Boolean).join(" ");
  const step: Step = { kind: "step", seq, state: "streaming", blocks: [], model };
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
  const blocks = body.message.content.flatMap(blockOf);
  const model = open?.kind === "step" ? open.model : undefined;
  const step: Step = { kind: "step", seq: open?.seq ?? seq, state, blocks, model };
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

function askForTool(turn: Turn, body: JournalBodies["approval.requested"], at: string): Turn {
  const { toolUseId, name, input, approvalId, inputHash, rule, reason: ruleReason, expiresAt } = body;
  const approval = { approvalId, inputHash, rule, ruleReason, requestedAt: at, expiresAt };
  return withTool(turn, { toolUseId, name, input, state: "waiting", startedAt: at, output: [], approval });
}

function answerForTool(turn: Turn, { toolUseId, decision, by, reason }: JournalBodies["approval.answered"]): Turn {
  const tool = turn.tools[toolUseId];
  if (!tool?.approval) return turn;
  return withTool(turn, { ...tool, state: "answered", approval: { ...tool.approval, decision, by, reason } });
}

/** The start of a sub-agent may be journaled before the intent of its call, or after. */
function startChild(turn: Turn, body: JournalBodies["subagent.started"], at: string): Turn {
  const { toolUseId, harnessId, harnessName, sessionId } = body;
  const tool = turn.tools[toolUseId] ?? {
    toolUseId,
    name: harnessName,
    input: undefined,
    state: "running" as const,
    startedAt: at,
    output: [],
  };
  return withTool(turn, { ...tool, child: { harnessId, harnessName, sessionId } });
}

/** A second intent of the same call is a repetition after a restart: its output begins anew. */
function startTool(turn: Turn, body: JournalBodies["tool.intent"], at: string): Turn {
  const { toolUseId, name, input } = body;
  const { approval, child } = turn.tools[toolUseId] ?? {};
  return withTool(turn, { toolUseId, name, input, state: "running", startedAt: at, output: [], approval, child });
}

function finishTool(turn: Turn, body: JournalBodies["tool.result"], at: string): Turn {
  const { toolUseId, name, status, content, latencyMs } = body;
  const before = turn.tools[toolUseId] ?? { toolUseId, name, input: undefined, startedAt: at };
  return withTool(turn, { ...before, state: status, output: content, latencyMs });
}

/** The calls with these ids, as the model asked for them. */
function callsOf(turn: Turn, ids: readonly string[]): ToolUse[] {
  const blocks = turn.parts.flatMap((part) => (part.kind === "step" ? part.blocks : []));
  return ids.flatMap((id) => {
    const block = blocks.find((each) => each.kind === "tool" && each.toolUseId === id);
    if (block?.kind !== "tool") return [];
    return [{ toolUseId: id, name: block.name, input: parseInput(block.input) }];
  });
}

function finishTurn(turn: Turn, body: JournalBodies["invocation.finished"], at: string): Turn {
  const isOpen = ({ state }: ToolCall) => ["waiting", "answered", "running"].includes(state);
  const stop = (tool: ToolCall): ToolCall => (isOpen(tool) ? { ...tool, state: "stopped" } : tool);
  const { stopReason, usage, costUsd, pending = [], toolCalls, latencyMs, error } = body;
  const yours = callsOf(turn, pending).map((call): ToolCall => ({ ...call, state: "yours", startedAt: at, output: [] }));
  const stopped = Object.entries(turn.tools).map(([id, tool]): [string, ToolCall] => [id, stop(tool)]);
  const tools = Object.fromEntries([...stopped, ...yours.map((tool): [string, ToolCall] => [tool.toolUseId, tool])]);
  return {
    ...interruptSteps(turn),
    tools,
    toolMessage: undefined,
    finish: { stopReason, at, usage, costUsd, pending: callsOf(turn, pending), toolCalls, latencyMs, error },
  };
}
