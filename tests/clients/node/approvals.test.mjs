// A call that waits for a person: the SDK's stream stays open, the answer comes by HTTP, the stream goes on.
import assert from "node:assert/strict";
import test from "node:test";
import {
  ConflictException,
  StopRuntimeSessionCommand,
  ValidationException,
} from "@aws-sdk/client-bedrock-agentcore";
import {
  answeredOf,
  callsTurn,
  collect,
  createOwnHarness,
  data,
  http,
  newSessionId,
  open,
  resultsOf,
  scriptedModel,
  stopsOf,
  textOf,
  textTurn,
  toolTurn,
  until,
} from "./soma.mjs";

const approvals = { rules: [{ tool: "shell", arguments: { command: "echo *" }, decision: "ask" }] };
const echo = (id) => [id, "shell", { command: `echo ${id} ran` }];
const asking = (...turns) => createOwnHarness(scriptedModel(...turns), { approvals });

// An invocation that waits: its stream, which is being read, and what it waits for.
async function waiting(harness, count = 1, runtimeSessionId = newSessionId()) {
  const { stream } = await open(harness, { runtimeSessionId });
  const read = { ended: false };
  const events = collect(stream).finally(() => (read.ended = true));
  const path = `/api/sessions/${harness.harnessId}/${runtimeSessionId}`;
  const pending = await until(async () => {
    const session = (await http("GET", path)).body.session;
    const { approvals: all } = (await http("GET", "/api/approvals")).body;
    const mine = all.filter((approval) => approval.sessionId === runtimeSessionId);
    return session.status === "waiting" && mine.length === count && mine;
  });
  const answer = (approval, body) => http("POST", `${path}/approvals/${approval.approvalId}`, body);
  return { runtimeSessionId, events, read, pending, answer, path };
}

test("approved: the stream that waited goes on to its end", async () => {
  const harness = await asking(toolTurn(...echo("use-1")), textTurn("Done."));
  const { events, read, pending, answer, path } = await waiting(harness);
  const [approval] = pending;
  assert.equal(approval.tool, "shell");
  assert.equal(approval.toolUseId, "use-1");
  assert.deepEqual(approval.input, { command: "echo use-1 ran" });
  assert.equal(approval.harnessId, harness.harnessId);
  assert.equal(read.ended, false, "the SDK's stream stays open while nobody answers");
  const answered = await answer(approval, {
    decision: "approve",
    inputHash: approval.inputHash,
    by: "somebody",
  });
  assert.equal(answered.status, 200, JSON.stringify(answered.body));
  assert.equal(answered.body.approval.decision, "approve");
  assert.ok(answered.body.approval.answeredAt);
  const seen = await events;
  assert.match(resultsOf(seen), /use-1 ran/);
  assert.equal(textOf(seen), "Done.");
  assert.deepEqual(stopsOf(seen), ["tool_use", "tool_result", "end_turn"]);
  for (const event of seen) assert.equal(event.$unknown, undefined);
  assert.equal((await http("GET", path)).body.session.status, "idle");
  assert.equal((await answer(approval, { decision: "deny" })).status, 409, "the first answer counts");
});

test("denied: the call is not run, and the model is told why", async () => {
  const harness = await asking(toolTurn(...echo("use-1")), textTurn("I leave it."));
  const { events, pending, answer } = await waiting(harness);
  const denied = await answer(pending[0], { decision: "deny", reason: "not today" });
  assert.equal(denied.body.approval.decision, "deny");
  const seen = await events;
  assert.doesNotMatch(resultsOf(seen), /use-1 ran/);
  assert.match(resultsOf(seen), /a person denied it: not today/);
  assert.deepEqual(stopsOf(seen), ["tool_use", "tool_result", "end_turn"]);
});

test("two calls are answered apart: what is approved runs, what is not does not", async () => {
  const harness = await asking(callsTurn(echo("one"), echo("two")), textTurn("Done."));
  const { events, pending, answer } = await waiting(harness, 2);
  const of = (id) => pending.find((approval) => approval.toolUseId === id);
  assert.equal((await answer(of("two"), { decision: "deny" })).status, 200);
  assert.equal((await answer(of("one"), { decision: "approve" })).status, 200);
  const seen = await events;
  assert.match(resultsOf(seen), /one ran/);
  assert.doesNotMatch(resultsOf(seen), /two ran/);
  assert.deepEqual(answeredOf(seen).toSorted(), ["one", "two"]);
  assert.equal(textOf(seen), "Done.");
});

test("an answer that cannot be taken leaves the call waiting", async () => {
  const harness = await asking(toolTurn(...echo("use-1")), textTurn("Done."));
  const { events, pending, answer, path } = await waiting(harness);
  const [approval] = pending;
  assert.equal((await answer(approval, { decision: "approve", inputHash: "other" })).status, 409);
  assert.equal((await answer(approval, { decision: "perhaps" })).status, 400);
  assert.equal((await answer({ approvalId: "apr_none" }, { decision: "approve" })).status, 404);
  assert.equal((await http("GET", path)).body.session.status, "waiting");
  assert.equal((await answer(approval, { decision: "approve" })).status, 200);
  assert.equal(textOf(await events), "Done.");
});

test("a session that waits is busy for the SDK, and StopRuntimeSession ends the wait", async () => {
  const harness = await asking(toolTurn(...echo("use-1")), textTurn("Done."));
  const { runtimeSessionId, events, pending, answer } = await waiting(harness);
  await assert.rejects(
    open(harness, { runtimeSessionId }),
    (error) => error instanceof ConflictException && /waits for an approval/.test(error.message),
  );
  await data.send(new StopRuntimeSessionCommand({ agentRuntimeArn: harness.arn, runtimeSessionId }));
  assert.equal(stopsOf(await events).at(-1), "interrupted");
  assert.equal((await answer(pending[0], { decision: "approve" })).status, 409);
});

test("what no rule asks about runs at once", async () => {
  const harness = await asking(toolTurn("use-1", "shell", { command: "printf quiet" }), textTurn("Done."));
  const seen = await collect((await open(harness)).stream);
  assert.match(resultsOf(seen), /quiet/);
  assert.equal(textOf(seen), "Done.");
});

test("a call of the client's own can need a person too, and is handed over when it is approved", async () => {
  const askUser = {
    type: "inline_function",
    name: "ask_user",
    config: { inlineFunction: { description: "Asks the user.", inputSchema: { type: "object" } } },
  };
  const model = scriptedModel(toolTurn("q1", "ask_user", {}), textTurn("Done."));
  const rules = [{ tool: "ask_user", decision: "ask" }];
  const harness = await createOwnHarness(model, { tools: [askUser], approvals: { rules } });
  const { runtimeSessionId, events, pending, answer } = await waiting(harness);
  await answer(pending[0], { decision: "approve" });
  assert.equal(stopsOf(await events).at(-1), "tool_use");
  const result = { toolResult: { toolUseId: "q1", content: [{ text: "yes" }] } };
  const messages = [{ role: "user", content: [result] }];
  assert.equal(textOf(await collect((await open(harness, { runtimeSessionId, messages })).stream)), "Done.");
});

test("an invocation cannot get around the rules", async () => {
  const harness = await asking(toolTurn(...echo("use-1")), textTurn("Done."));
  const tools = [{ type: "agentcore_code_interpreter", name: "code" }];
  await assert.rejects(
    open(harness, { tools }),
    (error) => error instanceof ValidationException && /has approvals or hooks/.test(error.message),
  );
});
