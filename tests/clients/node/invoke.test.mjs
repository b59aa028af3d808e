// InvokeHarness: the stream as the SDK parses it, sessions, overrides, and errors as the API's exceptions.
import assert from "node:assert/strict";
import test from "node:test";
import {
  ConflictException,
  ResourceNotFoundException,
  RuntimeClientError,
  StopRuntimeSessionCommand,
  ValidationException,
} from "@aws-sdk/client-bedrock-agentcore";
import {
  collect,
  createHarness,
  data,
  invoke,
  newSessionId,
  of,
  open,
  reflex,
  resultsOf,
  scriptedModel,
  stopOf,
  stopsOf,
  textOf,
  textTurn,
  toolTurn,
  userText,
} from "./soma.mjs";

test("text comes in deltas, between a start and a stop, with its usage", async () => {
  const events = await invoke(await createHarness(scriptedModel(textTurn("Hello, ", "wörld", "."))));
  assert.deepEqual(of(events, "messageStart"), [{ role: "assistant" }]);
  assert.equal(textOf(events), "Hello, wörld.");
  assert.deepEqual(of(events, "contentBlockStop"), [{ contentBlockIndex: 0 }]);
  assert.equal(stopOf(events), "end_turn");
  const [metadata] = of(events, "metadata");
  assert.deepEqual(metadata.usage, { inputTokens: 10, outputTokens: 5, totalTokens: 15 });
  assert.ok(Number.isInteger(metadata.metrics.latencyMs));
});

test("a tool call is seen with its input, its result, and the turn after it", async () => {
  const model = scriptedModel(
    toolTurn("use-1", "shell", { command: "echo from the shell" }),
    textTurn("Done."),
  );
  const events = await invoke(await createHarness(model));
  const starts = of(events, "contentBlockStart").map((event) => event.start);
  assert.equal(starts.find((start) => start.toolUse).toolUse.name, "shell");
  assert.equal(starts.find((start) => start.toolResult).toolResult.toolUseId, "use-1");
  const deltas = of(events, "contentBlockDelta").map((event) => event.delta);
  const input = deltas.map((delta) => delta.toolUse?.input ?? "").join("");
  assert.deepEqual(JSON.parse(input), { command: "echo from the shell" });
  assert.match(resultsOf(events), /from the shell/);
  assert.match(resultsOf(events), /exit code 0/);
  assert.deepEqual(stopsOf(events), ["tool_use", "tool_result", "end_turn"]);
  assert.equal(textOf(events), "Done.");
});

test("no event of the stream is unknown to the SDK", async () => {
  const model = scriptedModel(
    toolTurn("use-1", "file_operations", { operation: "list", path: "." }),
    textTurn("Done."),
  );
  for (const event of await invoke(await createHarness(model))) assert.equal(event.$unknown, undefined);
});

test("reasoning comes with text and signature", async () => {
  const delta = (reasoningContent) => ({
    contentBlockDelta: { contentBlockIndex: 0, delta: { reasoningContent } },
  });
  const thinking = [delta({ text: "First, " }), delta({ text: "think." }), delta({ signature: "c2ln" })];
  const [start, ...rest] = textTurn("Answer.");
  const shifted = rest.map((line) =>
    JSON.parse(JSON.stringify(line).replaceAll('"contentBlockIndex":0', '"contentBlockIndex":1')),
  );
  const model = scriptedModel([
    start,
    ...thinking,
    { contentBlockStop: { contentBlockIndex: 0 } },
    ...shifted,
  ]);
  const deltas = of(await invoke(await createHarness(model)), "contentBlockDelta").map(
    (event) => event.delta.reasoningContent,
  );
  assert.equal(deltas.map((part) => part?.text ?? "").join(""), "First, think.");
  assert.equal(deltas.find((part) => part?.signature).signature, "c2ln");
});

test("a session remembers; another one does not", async () => {
  const harness = await createHarness(reflex);
  const runtimeSessionId = newSessionId();
  const say = (text, session) => invoke(harness, { runtimeSessionId: session, messages: userText(text) });
  await say("remember that my favourite colour is teal", runtimeSessionId);
  assert.match(textOf(await say("what is my favourite colour?", runtimeSessionId)), /teal/);
  assert.doesNotMatch(textOf(await say("what is my favourite colour?", newSessionId())), /teal/);
});

test("an invocation overrides model, prompt and limits for itself alone", async () => {
  const harness = await createHarness(scriptedModel(textTurn("configured")));
  const events = await invoke(harness, {
    model: scriptedModel(toolTurn("use-1", "shell", { command: "true" }), textTurn("never")),
    systemPrompt: [{ text: "Other." }],
    maxIterations: 1,
    timeoutSeconds: 60,
    actorId: "someone",
  });
  assert.equal(stopOf(events), "max_iterations_exceeded");
  assert.equal(textOf(await invoke(harness)), "configured");
});

test("a tool that is not allowed is not run", async () => {
  const model = scriptedModel(toolTurn("use-1", "shell", { command: "echo ran" }), textTurn("Done."));
  const events = await invoke(await createHarness(model), { allowedTools: ["file_*"] });
  assert.doesNotMatch(resultsOf(events), /\bran\b/);
});

test("a model that fails ends the stream with RuntimeClientError", async () => {
  const harness = await createHarness(scriptedModel(textTurn("the only answer")));
  const runtimeSessionId = newSessionId();
  await invoke(harness, { runtimeSessionId });
  await assert.rejects(invoke(harness, { runtimeSessionId }), (error) => {
    assert.ok(error instanceof RuntimeClientError, `${error.name}: ${error.message}`);
    return /has 1 turns/.test(error.message);
  });
});

test("a model that cannot be asked is refused before the stream", async () => {
  const harness = await createHarness({ liteLlmModelConfig: { modelId: "m" } });
  await assert.rejects(
    open(harness),
    (error) => error instanceof ValidationException && /"litellm" needs an apiBase/.test(error.message),
  );
});

test("an unknown harness is a ResourceNotFoundException", async () => {
  const { arn } = await createHarness(reflex);
  const missing = { arn: arn.replace(/.{10}$/, "0000000000") };
  await assert.rejects(open(missing), ResourceNotFoundException);
});

test("wrong messages and session ids are ValidationExceptions", async () => {
  const harness = await createHarness(reflex);
  const refused = [
    { messages: [] },
    { messages: [{ role: "assistant", content: [{ text: "me first" }] }] },
    { runtimeSessionId: "short" },
    { maxIterations: 0 },
  ];
  for (const input of refused)
    await assert.rejects(open(harness, input), ValidationException, JSON.stringify(input));
});

test("more messages than the limit are a ValidationException", async () => {
  const messages = Array.from({ length: 101 }, () => userText("again")[0]);
  await assert.rejects(open(await createHarness(reflex), { messages }), ValidationException);
});

test("a busy session is a ConflictException, and a stopped one is free again", async () => {
  // The SDK answers when the first event is there: the script waits after it.
  const [start, ...rest] = textTurn("late");
  const slow = scriptedModel([start, { wait: { ms: 60_000 } }, ...rest]);
  const harness = await createHarness(slow);
  const runtimeSessionId = newSessionId();
  const { stream } = await open(harness, { runtimeSessionId });
  await assert.rejects(open(harness, { runtimeSessionId }), ConflictException);
  await data.send(new StopRuntimeSessionCommand({ agentRuntimeArn: harness.arn, runtimeSessionId }));
  assert.equal(stopOf(await collect(stream)), "interrupted");
  const quick = scriptedModel(textTurn("free"));
  assert.equal(textOf(await invoke(harness, { runtimeSessionId, model: quick })), "free");
});
