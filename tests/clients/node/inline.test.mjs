// Inline functions: the stream ends with calls, and the client's next message brings their results.
import assert from "node:assert/strict";
import test from "node:test";
import { StopRuntimeSessionCommand, ValidationException } from "@aws-sdk/client-bedrock-agentcore";
import {
  answeredOf,
  callsTurn,
  createHarness,
  data,
  http,
  invoke,
  newSessionId,
  of,
  open,
  resultsOf,
  scriptedModel,
  stopOf,
  stopsOf,
  textOf,
  textTurn,
  toolTurn,
  userText,
} from "./soma.mjs";

const askUser = {
  type: "inline_function",
  name: "ask_user",
  config: {
    inlineFunction: {
      description: "Asks the user.",
      inputSchema: {
        type: "object",
        required: ["question"],
        properties: { question: { type: "string" } },
      },
    },
  },
};
const withFunction = (...turns) => createHarness(scriptedModel(...turns), { tools: [askUser] });
const question = (id, text = "Red?") => [id, "ask_user", { question: text }];
const shell = (id, command) => [id, "shell", { command }];

const result = (toolUseId, text, status = "success") => ({
  toolResult: { toolUseId, content: [{ text }], status },
});
const answers = (...content) => [{ role: "user", content }];
const conversation = async ({ harnessId }, session) =>
  (await http("GET", `/api/sessions/${harnessId}/${session}`)).body.messages;

test("the stream ends with the call, and the result goes on", async () => {
  const harness = await withFunction(toolTurn(...question("q1")), textTurn("Red it is."));
  const runtimeSessionId = newSessionId();
  const first = await invoke(harness, { runtimeSessionId });
  const [start] = of(first, "contentBlockStart");
  assert.equal(start.start.toolUse.toolUseId, "q1");
  assert.equal(start.start.toolUse.name, "ask_user");
  const input = of(first, "contentBlockDelta").map((event) => event.delta.toolUse?.input ?? "");
  assert.deepEqual(JSON.parse(input.join("")), { question: "Red?" });
  assert.deepEqual(stopsOf(first), ["tool_use"]);
  assert.deepEqual(answeredOf(first), []);

  const second = await invoke(harness, { runtimeSessionId, messages: answers(result("q1", "yes")) });
  assert.equal(textOf(second), "Red it is.");
  assert.deepEqual(stopsOf(second), ["end_turn"]);
  assert.deepEqual(answeredOf(second), [], "the client's own answer is not told to it again");
  const messages = await conversation(harness, runtimeSessionId);
  assert.deepEqual(
    messages.map((message) => message.role),
    ["user", "assistant", "user", "assistant"],
  );
  assert.equal(messages[2].content[0].toolResult.toolUseId, "q1");
  assert.deepEqual(messages[2].content[0].toolResult.content, [{ text: "yes" }]);
});

test("the model's turn may be sent back with the result, as the managed service wants it", async () => {
  const harness = await withFunction(toolTurn(...question("q1")), textTurn("Red it is."));
  const runtimeSessionId = newSessionId();
  await invoke(harness, { runtimeSessionId });
  const [toolUseId, name, input] = question("q1");
  const turn = { role: "assistant", content: [{ toolUse: { toolUseId, name, input } }] };
  const messages = [turn, ...answers(result("q1", "yes"))];
  assert.equal(textOf(await invoke(harness, { runtimeSessionId, messages })), "Red it is.");
  assert.equal((await conversation(harness, runtimeSessionId)).length, 4);
});

test("a result that is an error, and one of JSON, reach the model as such", async () => {
  const harness = await withFunction(
    callsTurn(question("q1"), question("q2", "Blue?")),
    textTurn("Neither, then."),
  );
  const runtimeSessionId = newSessionId();
  await invoke(harness, { runtimeSessionId });
  const json = { toolResult: { toolUseId: "q2", content: [{ json: { blue: false } }] } };
  const messages = answers(result("q1", "nobody is there", "error"), json);
  assert.equal(stopOf(await invoke(harness, { runtimeSessionId, messages })), "end_turn");
  const [first, second] = (await conversation(harness, runtimeSessionId))[2].content;
  assert.equal(first.toolResult.status, "error");
  assert.deepEqual(first.toolResult.content, [{ text: "nobody is there" }]);
  assert.notEqual(second.toolResult.status, "error");
  assert.deepEqual(second.toolResult.content, [{ json: { blue: false } }]);
});

test("two calls of one turn are answered in any order, together or one after the other", async () => {
  const turns = [callsTurn(question("q1"), question("q2", "Blue?")), textTurn("Both.")];
  const together = await withFunction(...turns);
  const runtimeSessionId = newSessionId();
  const first = await invoke(together, { runtimeSessionId });
  assert.equal(of(first, "contentBlockStart").length, 2);
  assert.deepEqual(stopsOf(first), ["tool_use"]);
  const messages = answers(result("q2", "no"), result("q1", "yes"));
  assert.equal(textOf(await invoke(together, { runtimeSessionId, messages })), "Both.");
  const [, , results] = await conversation(together, runtimeSessionId);
  assert.deepEqual(
    results.content.map((block) => block.toolResult.toolUseId),
    ["q1", "q2"],
    "the model gets them in the order of its calls",
  );

  const apart = await withFunction(...turns);
  const session = newSessionId();
  const answer = (id) => invoke(apart, { runtimeSessionId: session, messages: answers(result(id, "yes")) });
  await invoke(apart, { runtimeSessionId: session });
  assert.deepEqual(stopsOf(await answer("q2")), ["tool_use"], "the other call still waits");
  assert.equal(textOf(await answer("q1")), "Both.");
});

test("a result that no call waits for is a ValidationException, and the call waits on", async () => {
  const harness = await withFunction(toolTurn(...question("q1")), textTurn("Done."), textTurn("Again."));
  const runtimeSessionId = newSessionId();
  const send = (id) => open(harness, { runtimeSessionId, messages: answers(result(id, "yes")) });
  await assert.rejects(send("q1"), ValidationException, "before there is a session");
  await invoke(harness, { runtimeSessionId });
  await assert.rejects(
    send("q2"),
    (error) => error instanceof ValidationException && /'q2'/.test(error.message),
  );
  assert.equal(
    textOf(await invoke(harness, { runtimeSessionId, messages: answers(result("q1", "yes")) })),
    "Done.",
  );
  await assert.rejects(send("q1"), ValidationException, "a call is answered once");
  assert.equal(textOf(await invoke(harness, { runtimeSessionId })), "Again.");
});

test("calls and results that do not fit are ValidationExceptions: no model would take that history", async () => {
  const harness = await withFunction(toolTurn(...question("q1")), textTurn("Done."));
  const runtimeSessionId = newSessionId();
  await invoke(harness, { runtimeSessionId });
  const use = (toolUseId) => ({ toolUse: { toolUseId, name: "ask_user", input: {} } });
  const turn = (...content) => ({ role: "assistant", content });
  const refused = {
    "made up": [turn(use("q9")), ...answers(result("q9", "yes"))],
    "answered twice": answers(result("q1", "yes"), result("q1", "no")),
    "the model's result": [turn(result("q1", "yes")), ...userText("go")],
    "the user's call": answers(use("q1"), result("q1", "yes")),
  };
  for (const [name, messages] of Object.entries(refused))
    await assert.rejects(open(harness, { runtimeSessionId, messages }), ValidationException, name);
  const unanswered = [...userText("go"), turn(use("q9")), ...userText("and?")];
  await assert.rejects(open(harness, { messages: unanswered }), ValidationException);
  const good = { runtimeSessionId, messages: answers(result("q1", "yes")) };
  assert.equal(textOf(await invoke(harness, good)), "Done.");
});

test("what stands before the client's call runs, what stands behind it waits", async () => {
  const harness = await withFunction(
    callsTurn(shell("a", "echo before"), question("b"), shell("c", "echo behind")),
    textTurn("Done."),
  );
  const runtimeSessionId = newSessionId();
  const first = await invoke(harness, { runtimeSessionId });
  assert.deepEqual(answeredOf(first), ["a"]);
  assert.match(resultsOf(first), /before/);
  assert.doesNotMatch(resultsOf(first), /behind/);
  assert.deepEqual(stopsOf(first), ["tool_use", "tool_result", "tool_use"]);
  const second = await invoke(harness, { runtimeSessionId, messages: answers(result("b", "yes")) });
  assert.deepEqual(answeredOf(second), ["c"]);
  assert.match(resultsOf(second), /behind/);
  assert.deepEqual(stopsOf(second), ["tool_result", "end_turn"]);
  const [, , results] = await conversation(harness, runtimeSessionId);
  assert.deepEqual(
    results.content.map((block) => block.toolResult.toolUseId),
    ["a", "b", "c"],
  );
});

test("words that come with the result stand behind it; words instead of it leave the call unanswered", async () => {
  const turns = [toolTurn(...question("q1")), textTurn("So be it.")];
  const harness = await withFunction(...turns);
  const withWords = newSessionId();
  await invoke(harness, { runtimeSessionId: withWords });
  const both = answers(result("q1", "yes"), { text: "and be quick" });
  assert.equal(textOf(await invoke(harness, { runtimeSessionId: withWords, messages: both })), "So be it.");
  const content = (await conversation(harness, withWords))[2].content;
  assert.equal(content[0].toolResult.toolUseId, "q1");
  assert.equal(content[1].text, "and be quick");

  const instead = newSessionId();
  await invoke(harness, { runtimeSessionId: instead });
  const forget = { runtimeSessionId: instead, messages: userText("Forget it.") };
  assert.equal(textOf(await invoke(harness, forget)), "So be it.");
  const [unanswered, words] = (await conversation(harness, instead))[2].content;
  assert.equal(unanswered.toolResult.status, "error");
  assert.equal(words.text, "Forget it.");
});

test("an input that does not fit the function's schema never reaches the client", async () => {
  const harness = await withFunction(
    toolTurn("q1", "ask_user", { query: 1 }),
    textTurn("I asked in a wrong way."),
  );
  const events = await invoke(harness);
  assert.deepEqual(stopsOf(events), ["tool_use", "tool_result", "end_turn"]);
  assert.match(resultsOf(events), /does not fit the tool's schema/);
});

test("an inline function can be given for one invocation", async () => {
  const harness = await createHarness(scriptedModel(toolTurn(...question("q1")), textTurn("Red it is.")));
  const input = { runtimeSessionId: newSessionId(), tools: [askUser] };
  assert.deepEqual(stopsOf(await invoke(harness, input)), ["tool_use"]);
  const events = await invoke(harness, { ...input, messages: answers(result("q1", "yes")) });
  assert.equal(textOf(events), "Red it is.");
});

test("a call waits while the session is stopped", async () => {
  const harness = await withFunction(toolTurn(...question("q1")), textTurn("Red it is."));
  const runtimeSessionId = newSessionId();
  await invoke(harness, { runtimeSessionId });
  await data.send(new StopRuntimeSessionCommand({ agentRuntimeArn: harness.arn, runtimeSessionId }));
  const events = await invoke(harness, { runtimeSessionId, messages: answers(result("q1", "yes")) });
  assert.equal(textOf(events), "Red it is.");
});
