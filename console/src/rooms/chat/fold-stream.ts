import type { ToolContent, WireEvent } from "@/parts/api/types";
import type { Block, Step, Turn } from "./conversation";

type BlockStart = NonNullable<WireEvent["contentBlockStart"]>;
type BlockDelta = NonNullable<WireEvent["contentBlockDelta"]>;

/** A turn after one more event of its stream: a piece of what the model says, or of what a tool prints. */
export function foldWireEvent(turn: Turn, event: WireEvent, seq: number): Turn {
  if (event.messageStart) return startMessage(turn, event.messageStart.role, seq);
  if (event.contentBlockStart) return startBlock(turn, event.contentBlockStart);
  if (event.contentBlockDelta) return foldDelta(turn, event.contentBlockDelta);
  if (event.messageStop) return stopMessage(turn, event.messageStop.stopReason);
  return turn;
}

function startMessage(turn: Turn, role: "user" | "assistant", seq: number): Turn {
  if (role === "user") return { ...turn, toolMessage: {} };
  const now = { ...turn, toolMessage: undefined };
  const last = turn.parts.at(-1);
  if (last?.kind === "step" && last.state === "streaming") return now;
  const step: Step = { kind: "step", seq, state: "streaming", blocks: [] };
  return { ...now, parts: [...turn.parts, step] };
}

function stopMessage(turn: Turn, stopReason: string): Turn {
  if (turn.toolMessage) return { ...turn, toolMessage: undefined };
  return stopReason === "interrupted" ? withStep(turn, (step) => ({ ...step, state: "interrupted" })) : turn;
}

function startBlock(turn: Turn, { contentBlockIndex: index, start }: BlockStart): Turn {
  if (start?.toolResult) {
    return { ...turn, toolMessage: { ...turn.toolMessage, [index]: start.toolResult.toolUseId } };
  }
  if (!start?.toolUse) return turn;
  const { toolUseId, name } = start.toolUse;
  return withBlock(turn, index, () => ({ kind: "tool", index, toolUseId, name, input: "" }));
}

function foldDelta(turn: Turn, { contentBlockIndex: index, delta }: BlockDelta): Turn {
  if (delta.toolResult) return printOutput(turn, index, delta.toolResult);
  const { text, reasoningContent, toolUse } = delta;
  if (text !== undefined) return withBlock(turn, index, (block) => addText(block, "text", index, text));
  const reasoning = reasoningContent?.text;
  if (reasoning !== undefined) return withBlock(turn, index, (block) => addText(block, "reasoning", index, reasoning));
  if (toolUse) {
    return withBlock(turn, index, (block) =>
      block?.kind === "tool" ? { ...block, input: block.input + toolUse.input } : block,
    );
  }
  return turn;
}

function addText(block: Block | undefined, kind: "text" | "reasoning", index: number, text: string): Block {
  return { kind, index, text: block?.kind === kind ? block.text + text : text };
}

/** Changes the step that is streaming; nothing when none is. */
function withStep(turn: Turn, change: (step: Step) => Step): Turn {
  const at = turn.parts.findLastIndex((part) => part.kind === "step" && part.state === "streaming");
  const step = turn.parts[at];
  if (at < 0 || step?.kind !== "step") return turn;
  return { ...turn, parts: turn.parts.with(at, change(step)) };
}

function withBlock(turn: Turn, index: number, change: (block: Block | undefined) => Block | undefined): Turn {
  return withStep(turn, (step) => {
    const at = step.blocks.findIndex((block) => block.index === index);
    const changed = change(step.blocks[at]);
    if (!changed) return step;
    return { ...step, blocks: at < 0 ? [...step.blocks, changed] : step.blocks.with(at, changed) };
  });
}

/** Only a running tool prints: what comes after its result was said by the result already. */
function printOutput(turn: Turn, index: number, content: ToolContent[]): Turn {
  const tool = turn.tools[turn.toolMessage?.[index] ?? ""];
  if (tool?.state !== "running") return turn;
  const output = content.reduce(addContent, tool.output);
  return { ...turn, tools: { ...turn.tools, [tool.toolUseId]: { ...tool, output } } };
}

function addContent(output: readonly ToolContent[], piece: ToolContent): readonly ToolContent[] {
  const last = output.at(-1);
  if (piece.text === undefined || last?.text === undefined) return [...output, piece];
  return output.with(-1, { text: last.text + piece.text });
}
