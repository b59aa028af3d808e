import { expect, test } from "vitest";
import type { JournalBodies, JournalEvent, WireEvent } from "@/parts/api/types";
import {
  answerOf,
  type Conversation,
  isRunning,
  kEmptyConversation,
  modelsOf,
  owedCalls,
  type Turn,
  waitingCalls,
} from "./conversation";
import { foldEvent } from "./fold-journal";

/** A journal written by hand: each call appends one event. */
class Journal {
  readonly events: JournalEvent[] = [];

  add<Type extends keyof JournalBodies>(type: Type, body: JournalBodies[Type]): this {
    this.events.push({ seq: this.events.length + 1, at: "2026-01-01T00:00:00.000Z", type, body } as JournalEvent);
    return this;
  }

  stream(...events: WireEvent[]): this {
    return this.add("stream", events);
  }

  get conversation(): Conversation {
    return this.events.reduce(foldEvent, kEmptyConversation);
  }

  get turn(): Turn {
    const turn = this.conversation.turns.at(-1);
    if (!turn) throw new Error("no turn");
    return turn;
  }
}

const asked = () =>
  new Journal()
    .add("session.created", { harnessId: "h", harnessName: "h", sessionId: "s" })
    .add("invocation.started", { invocationId: "i1", messages: [{ role: "user", content: [{ text: "do it" }] }] });

const text = (contentBlockIndex: number, piece: string): WireEvent => ({
  contentBlockDelta: { contentBlockIndex, delta: { text: piece } },
});
const assistant: WireEvent = { messageStart: { role: "assistant" } };
const intent = (callId: string) => ({ callId, provider: "reflex", modelId: "" });

/** A model that calls two tools at once, up to their intents. */
const withTools = () =>
  asked()
    .add("model.intent", intent("c1"))
    .stream(
      assistant,
      text(0, "Both."),
      { contentBlockStart: { contentBlockIndex: 1, start: { toolUse: { toolUseId: "a", name: "shell" } } } },
      { contentBlockDelta: { contentBlockIndex: 1, delta: { toolUse: { input: '{"command":' } } } },
      { contentBlockDelta: { contentBlockIndex: 1, delta: { toolUse: { input: '"ls"}' } } } },
      { contentBlockStart: { contentBlockIndex: 2, start: { toolUse: { toolUseId: "b", name: "shell" } } } },
    )
    .add("model.result", {
      callId: "c1",
      stopReason: "tool_use",
      message: {
        role: "assistant",
        content: [
          { text: "Both." },
          { toolUse: { toolUseId: "a", name: "shell", input: { command: "ls" } } },
          { toolUse: { toolUseId: "b", name: "shell", input: { command: "pwd" } } },
        ],
      },
    })
    .add("tool.intent", { toolUseId: "a", name: "shell", input: { command: "ls" } })
    .add("tool.intent", { toolUseId: "b", name: "shell", input: { command: "pwd" } })
    .stream({ messageStart: { role: "user" } });

const prints = (contentBlockIndex: number, piece: string): WireEvent => ({
  contentBlockDelta: { contentBlockIndex, delta: { toolResult: [{ text: piece }] } },
});
const opens = (contentBlockIndex: number, toolUseId: string): WireEvent => ({
  contentBlockStart: { contentBlockIndex, start: { toolResult: { toolUseId } } },
});

test("a streamed answer grows in place", () => {
  const journal = asked().add("model.intent", intent("c1")).stream(assistant, text(0, "Hel")).stream(text(0, "lo"));
  expect(journal.turn.parts).toEqual([
    { kind: "step", seq: 3, state: "streaming", blocks: [{ kind: "text", index: 0, text: "Hello" }], model: "reflex" },
  ]);
  expect(isRunning(journal.conversation)).toBe(true);
});

test("the result takes the place of what was streamed", () => {
  const journal = asked()
    .add("model.intent", intent("c1"))
    .stream(assistant, text(0, "Hel"))
    .add("model.result", { callId: "c1", stopReason: "end_turn", message: { role: "assistant", content: [{ text: "Hello" }] } })
    .add("invocation.finished", { invocationId: "i1", stopReason: "end_turn" });
  expect(journal.turn.parts).toHaveLength(1);
  expect(answerOf(journal.turn)).toBe("Hello");
  expect(isRunning(journal.conversation)).toBe(false);
});

test("tools that run side by side print each into its own call", () => {
  const { tools } = withTools()
    .stream(opens(0, "a"), prints(0, "1"), opens(1, "b"), prints(1, "x"), prints(0, "2"))
    .turn;
  expect(tools["a"]).toMatchObject({ state: "running", output: [{ text: "12" }] });
  expect(tools["b"]).toMatchObject({ state: "running", output: [{ text: "x" }] });
});

test("a tool's result is its whole output", () => {
  const { tools } = withTools()
    .stream(opens(0, "a"), prints(0, "part"))
    .add("tool.result", { toolUseId: "a", name: "shell", status: "error", content: [{ text: "part and tail" }], latencyMs: 5 })
    .stream(prints(0, "late"))
    .turn;
  expect(tools["a"]).toMatchObject({ state: "error", output: [{ text: "part and tail" }], latencyMs: 5 });
});

test("a restart marks the cut answer and the next one stands beside it", () => {
  const { parts } = asked()
    .add("model.intent", intent("c1"))
    .stream(assistant, text(0, "Half an ans"))
    .add("invocation.resumed", { invocationId: "i1", reason: "restart" })
    .stream({ messageStop: { stopReason: "interrupted" } })
    .add("model.intent", intent("c1"))
    .stream(assistant, text(0, "Whole"))
    .turn;
  expect(parts.map((part) => (part.kind === "step" ? part.state : part.kind))).toEqual([
    "interrupted",
    "resumption",
    "streaming",
  ]);
});

test("a tool that runs again after a restart goes on printing", () => {
  const { tools } = withTools()
    .stream(opens(0, "a"), prints(0, "before "))
    .add("invocation.resumed", { invocationId: "i1" })
    .stream(opens(1, "b"), prints(1, "after"))
    .turn;
  expect(tools["a"]).toMatchObject({ output: [{ text: "before " }] });
  expect(tools["b"]).toMatchObject({ output: [{ text: "after" }] });
});

test("nothing is left running when the invocation is over", () => {
  const { tools, parts } = withTools().add("invocation.finished", { invocationId: "i1", stopReason: "interrupted" }).turn;
  expect(Object.values(tools).map(({ state }) => state)).toEqual(["stopped", "stopped"]);
  expect(parts.some((part) => part.kind === "step" && part.state === "streaming")).toBe(false);
});

test("what an event does not touch stays the same object", () => {
  const journal = withTools();
  const before = journal.turn;
  journal.stream(opens(0, "a"), prints(0, "1"));
  const after = journal.events.slice(-1).reduce(foldEvent, { turns: [before] }).turns[0];
  expect(after).not.toBe(before);
  expect(after?.parts[0]).toBe(before.parts[0]);
  expect(after?.tools["b"]).toBe(before.tools["b"]);
});

test("an event of an unknown type changes nothing", () => {
  const { conversation } = asked();
  const unknown = { seq: 9, at: "", type: "from.tomorrow", body: {} } as unknown as JournalEvent;
  expect(foldEvent(conversation, unknown)).toBe(conversation);
});

test("an ended session opens again", () => {
  const journal = asked().add("session.ended", { reason: "idle_timeout" });
  expect(journal.conversation.endReason).toBe("idle_timeout");
  expect(journal.add("session.reopened", {}).conversation.endReason).toBeUndefined();
});

/** A model whose one call is asked about. */
const held = () =>
  asked()
    .add("model.intent", { callId: "c1", provider: "replay", modelId: "m.jsonl" })
    .add("approval.requested", {
      approvalId: "p1",
      toolUseId: "a",
      name: "shell",
      input: { command: "git push" },
      inputHash: "h1",
      rule: "shell: git push*",
    })
    .add("invocation.waiting", { invocationId: "i1" });
const answered = (decision: "approve" | "deny", reason = "") =>
  ({ approvalId: "p1", toolUseId: "a", decision, inputHash: "h1", by: "console", reason }) as const;

test("a call that is asked about waits with its exact arguments", () => {
  const { conversation } = held();
  expect(waitingCalls(conversation)).toMatchObject([
    { toolUseId: "a", input: { command: "git push" }, approval: { approvalId: "p1", inputHash: "h1", rule: "shell: git push*" } },
  ]);
  expect(isRunning(conversation)).toBe(true);
});

test("an approved call runs and keeps who approved it", () => {
  const { conversation, turn } = held()
    .add("approval.answered", answered("approve"))
    .add("tool.intent", { toolUseId: "a", name: "shell", input: { command: "git push" } });
  expect(waitingCalls(conversation)).toEqual([]);
  expect(turn.tools["a"]).toMatchObject({ state: "running", approval: { decision: "approve", by: "console" } });
});

test("a denied call says why", () => {
  const { turn } = held()
    .add("approval.answered", answered("deny", "not on a Friday"))
    .add("tool.result", { toolUseId: "a", name: "shell", status: "error", content: [{ text: "denied" }] });
  expect(turn.tools["a"]).toMatchObject({ state: "error", approval: { decision: "deny", reason: "not on a Friday" } });
});

test("a call waits over a restart, and does not when its invocation is over", () => {
  const journal = held().add("invocation.resumed", { invocationId: "i1" });
  expect(waitingCalls(journal.conversation)).toHaveLength(1);
  journal.add("invocation.finished", { invocationId: "i1", stopReason: "interrupted" });
  expect(waitingCalls(journal.conversation)).toEqual([]);
  expect(journal.turn.tools["a"]?.state).toBe("stopped");
});

const owed = () =>
  asked()
    .add("model.intent", intent("c1"))
    .add("model.result", {
      callId: "c1",
      stopReason: "tool_use",
      message: { role: "assistant", content: [{ toolUse: { toolUseId: "a", name: "lookup", input: { order: 7 } } }] },
    })
    .add("invocation.finished", { invocationId: "i1", stopReason: "tool_use", pending: ["a"] });

test("a call that is left to the caller is owed until its result comes", () => {
  const journal = owed();
  expect(owedCalls(journal.conversation)).toEqual([{ toolUseId: "a", name: "lookup", input: { order: 7 } }]);
  expect(journal.turn.tools["a"]?.state).toBe("yours");
  journal.add("invocation.started", {
    invocationId: "i2",
    messages: [{ role: "user", content: [{ toolResult: { toolUseId: "a", status: "error", content: [{ text: "none" }] } }] }],
  });
  expect(owedCalls(journal.conversation)).toEqual([]);
  expect(journal.conversation.turns[0]?.tools["a"]).toMatchObject({ state: "error", output: [{ text: "none" }] });
  expect(journal.turn.results).toMatchObject([{ toolUseId: "a", name: "lookup", status: "error" }]);
});

test("a call that the caller passes over is not waited for", () => {
  const journal = owed().add("invocation.started", { invocationId: "i2", messages: [{ role: "user", content: [{ text: "Never mind" }] }] });
  expect(journal.conversation.turns[0]?.tools["a"]?.state).toBe("stopped");
  expect(owedCalls(journal.conversation)).toEqual([]);
});

test("a turn says which models answered, each once", () => {
  const { turn } = asked()
    .add("model.intent", { callId: "c1", provider: "replay", modelId: "a" })
    .add("model.intent", { callId: "c2", provider: "replay", modelId: "a" })
    .add("model.intent", { callId: "c3", provider: "reflex", modelId: "" });
  expect(modelsOf(turn)).toEqual(["replay a", "reflex"]);
});

test("a call that starts a sub-agent leads to its session", () => {
  const child = { harnessName: "helper", harnessId: "helper-1", sessionId: "s2" };
  const started = { toolUseId: "a", runId: "session/s2", ...child };
  const before = asked().add("subagent.started", started).add("tool.intent", { toolUseId: "a", name: "ask_helper", input: {} });
  const after = asked().add("tool.intent", { toolUseId: "a", name: "ask_helper", input: {} }).add("subagent.started", started);
  for (const { turn } of [before, after]) expect(turn.tools["a"]).toMatchObject({ name: "ask_helper", state: "running", child });
});

test("a conversation that was shortened says so at its place", () => {
  const { turn } = asked().add("context.compacted", { callId: "c1", strategy: "summarization", removed: 12, kept: {}, summary: "So far" });
  expect(turn.parts).toEqual([{ kind: "compaction", seq: 3, removed: 12, summary: "So far" }]);
});

test("a turn has what memory told the model, what it kept, and why it failed", () => {
  const turn = asked()
    .add("memory.recalled", { memoryId: "m-1", actorId: "anna", text: "Anna lives in Lisbon.", records: [{ id: "mem-1", namespace: "/facts/", score: 0.5 }] })
    .add("memory.kept", { memoryId: "m-1", actorId: "anna", sessionId: "s", eventId: "1#a", messages: 2 })
    .add("memory.failed", { what: "keep", error: "disk full" }).turn;
  expect(turn.parts).toEqual([
    { kind: "recollection", seq: 3, memoryId: "m-1", actorId: "anna", text: "Anna lives in Lisbon.", records: 1 },
    { kind: "keeping", seq: 4, actorId: "anna", eventId: "1#a", messages: 2, memoryId: "m-1" },
    { kind: "memory-failure", seq: 5, what: "keep", error: "disk full" },
  ]);
});
