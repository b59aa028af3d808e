// What a session's journal says, as a conversation. Values are never changed in place: a part that an event does not touch
// stays the same object, so that only what changed is drawn again.
import type { ApprovalOutcome, ContentBlock, ToolContent, ToolUse, Usage } from "@/parts/api/types";

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
  /** The results that the caller sent instead of a prompt, of calls that the turn before left to it. */
  readonly results: readonly CallResult[];
  readonly parts: readonly Part[];
  readonly tools: Readonly<Record<string, ToolCall>>;
  /** Which tool each content block of the tool message now streaming belongs to; nothing while the model speaks. */
  readonly toolMessage?: Readonly<Record<number, string>> | undefined;
  readonly finish?: Finish;
}

export interface CallResult {
  readonly toolUseId: string;
  readonly name: string;
  readonly status: "success" | "error";
  readonly content: readonly ToolContent[];
}

export type Part = Step | Resumption | Compaction | Recollection | Keeping | MemoryFailure;

/** One call of the model. `interrupted`: the server stopped or the reader did before the answer was whole. */
export interface Step {
  readonly kind: "step";
  readonly seq: number;
  readonly state: "streaming" | "done" | "interrupted";
  readonly blocks: readonly Block[];
  /** Which model speaks: `provider modelId`. */
  readonly model?: string | undefined;
}

/** The place where the server was started again and went on. */
export interface Resumption {
  readonly kind: "resumption";
  readonly seq: number;
  readonly at: string;
}

/** The place where the conversation became too long for the model, and its beginning was left out or summed up. */
export interface Compaction {
  readonly kind: "compaction";
  readonly seq: number;
  readonly removed: number;
  readonly summary?: string | undefined;
}

/** What the model was told from memory before it was asked. */
export interface Recollection {
  readonly kind: "recollection";
  readonly seq: number;
  readonly memoryId: string;
  readonly actorId: string;
  /** Empty when nothing was found. */
  readonly text: string;
  readonly records: number;
}

/** That what was said is an event of a memory. */
export interface Keeping {
  readonly kind: "keeping";
  readonly seq: number;
  readonly memoryId: string;
  readonly actorId: string;
  readonly eventId: string;
  readonly messages: number;
}

/** That the turn went on without memory. */
export interface MemoryFailure {
  readonly kind: "memory-failure";
  readonly seq: number;
  readonly what: "recall" | "keep";
  readonly error: string;
}

export type Block =
  | { readonly kind: "text"; readonly index: number; readonly text: string }
  | { readonly kind: "reasoning"; readonly index: number; readonly text: string }
  | { readonly kind: "tool"; readonly index: number; readonly toolUseId: string; readonly name: string; readonly input: string };

export interface ToolCall {
  readonly toolUseId: string;
  readonly name: string;
  readonly input: unknown;
  /**
   * `waiting`: for an approval. `answered`: there is one, and the call has not begun. `yours`: the invocation ended so that
   * the caller runs it.
   */
  readonly state: "waiting" | "answered" | "running" | "yours" | "success" | "error" | "stopped";
  readonly startedAt: string;
  readonly output: readonly ToolContent[];
  readonly latencyMs?: number | undefined;
  readonly approval?: CallApproval | undefined;
  /** The session of the sub-agent that the call started. */
  readonly child?: ChildSession | undefined;
}

/** That somebody was asked whether a call may run, and what was said. */
export interface CallApproval {
  readonly approvalId: string;
  readonly inputHash: string;
  readonly rule: string;
  readonly ruleReason?: string | undefined;
  readonly requestedAt: string;
  readonly expiresAt?: string | undefined;
  readonly decision?: ApprovalOutcome | undefined;
  readonly by?: string | undefined;
  readonly reason?: string | undefined;
}

export interface ChildSession {
  readonly harnessId: string;
  readonly harnessName: string;
  readonly sessionId: string;
}

export interface Finish {
  readonly stopReason: string;
  readonly at: string;
  readonly usage?: Usage | undefined;
  readonly costUsd?: number | undefined;
  /** The calls whose results the caller owes. */
  readonly pending: readonly ToolUse[];
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

/** The calls that wait for an approval now, in their order. */
export function waitingCalls(conversation: Conversation): ToolCall[] {
  const last = conversation.turns.at(-1);
  return Object.values(last?.tools ?? {}).filter(({ state }) => state === "waiting");
}

/** The calls whose results the caller owes; none once another invocation has begun. */
export function owedCalls(conversation: Conversation): readonly ToolUse[] {
  return conversation.turns.at(-1)?.finish?.pending ?? [];
}

/** The models that spoke in a turn, each once, in their order. */
export function modelsOf(turn: Turn): string[] {
  const models = turn.parts.flatMap((part) => (part.kind === "step" && part.model ? [part.model] : []));
  return [...new Set(models)];
}

export function isRunning(conversation: Conversation): boolean {
  const last = conversation.turns.at(-1);
  return last !== undefined && last.finish === undefined;
}
