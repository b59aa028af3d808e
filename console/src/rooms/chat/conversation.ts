// What a session's journal says, as a conversation. Values are never changed in place: a part that an event does not touch
// stays the same object, so that only what changed is drawn again.
import type { ContentBlock, ToolContent, Usage } from "@/parts/api/types";

export interface Conversation {
  readonly turns: readonly Turn[];
  /** Set when the session has ended; its history stays. */
  readonly endReason?: string | undefined;
}

/** One invocation: what was asked, and everything that was done about it. */
export interface Turn {
  readonly invocationId: string;
  readonly startedAt: string;
  readonly prompt: readonly ContentBlock[];
  readonly parts: readonly Part[];
  readonly tools: Readonly<Record<string, ToolCall>>;
  /** Which tool each content block of the tool message now streaming belongs to; nothing while the model speaks. */
  readonly toolMessage?: Readonly<Record<number, string>> | undefined;
  readonly finish?: Finish;
}

export type Part = Step | Resumption;

/** One call of the model. `interrupted`: the server stopped or the reader did before the answer was whole. */
export interface Step {
  readonly kind: "step";
  readonly seq: number;
  readonly state: "streaming" | "done" | "interrupted";
  readonly blocks: readonly Block[];
}

/** The place where the server was started again and went on. */
export interface Resumption {
  readonly kind: "resumption";
  readonly seq: number;
  readonly at: string;
}

export type Block =
  | { readonly kind: "text"; readonly index: number; readonly text: string }
  | { readonly kind: "reasoning"; readonly index: number; readonly text: string }
  | { readonly kind: "tool"; readonly index: number; readonly toolUseId: string; readonly name: string; readonly input: string };

export interface ToolCall {
  readonly toolUseId: string;
  readonly name: string;
  readonly input: unknown;
  readonly state: "running" | "success" | "error" | "stopped";
  readonly startedAt: string;
  readonly output: readonly ToolContent[];
  readonly latencyMs?: number | undefined;
}

export interface Finish {
  readonly stopReason: string;
  readonly at: string;
  readonly usage?: Usage | undefined;
  readonly toolCalls?: number | undefined;
  readonly latencyMs?: number | undefined;
  readonly error?: { code: string; message: string; hint?: string } | undefined;
}

export const kEmptyConversation: Conversation = { turns: [] };

/** The text of a prompt's blocks. */
export function textOf(blocks: readonly ContentBlock[]): string {
  return blocks.flatMap((block) => (block.text === undefined ? [] : [block.text])).join("\n\n");
}

/** The text of the last step that has any: what a reader calls the answer. */
export function answerOf(turn: Turn): string {
  for (const part of turn.parts.toReversed()) {
    if (part.kind !== "step" || part.state === "interrupted") continue;
    const text = part.blocks.flatMap((block) => (block.kind === "text" ? [block.text] : [])).join("\n\n");
    if (text.trim() !== "") return text;
  }
  return "";
}

export function isRunning(conversation: Conversation): boolean {
  const last = conversation.turns.at(-1);
  return last !== undefined && last.finish === undefined;
}
