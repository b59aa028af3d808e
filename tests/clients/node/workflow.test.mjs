// The Step Functions API through the JS SDK: a path over every operation.
import assert from "node:assert/strict";
import test from "node:test";
import {
  ActivityDoesNotExist,
  ConflictException,
  CreateActivityCommand,
  CreateStateMachineAliasCommand,
  CreateStateMachineCommand,
  DeleteActivityCommand,
  DeleteStateMachineAliasCommand,
  DeleteStateMachineCommand,
  DeleteStateMachineVersionCommand,
  DescribeActivityCommand,
  DescribeExecutionCommand,
  DescribeStateMachineAliasCommand,
  DescribeStateMachineCommand,
  DescribeStateMachineForExecutionCommand,
  ExecutionAlreadyExists,
  ExecutionNotRedrivable,
  GetActivityTaskCommand,
  InvalidArn,
  InvalidDefinition,
  InvalidExecutionInput,
  InvalidToken,
  ListMapRunsCommand,
  ListTagsForResourceCommand,
  PublishStateMachineVersionCommand,
  RedriveExecutionCommand,
  ResourceNotFound,
  SendTaskFailureCommand,
  SendTaskHeartbeatCommand,
  SendTaskSuccessCommand,
  SFNClient,
  StartExecutionCommand,
  StartSyncExecutionCommand,
  StateMachineAlreadyExists,
  StateMachineDoesNotExist,
  StopExecutionCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateStateMachineAliasCommand,
  UpdateStateMachineCommand,
  ValidateStateMachineDefinitionCommand,
  ValidationException,
  paginateGetExecutionHistory,
  paginateListActivities,
  paginateListExecutions,
  paginateListStateMachines,
} from "@aws-sdk/client-sfn";
import { newName, options, roleArn } from "./soma.mjs";

// Some operations go to a host of their own ("sync-…"), which a local endpoint does not have.
const client = new SFNClient({ ...options, disableHostPrefix: true });
test.after(() => client.destroy());
const send = (command) => client.send(command);

const pass = (result) =>
  JSON.stringify({ StartAt: "A", States: { A: { Type: "Pass", Result: result, End: true } } });
const task = (resource, more = {}) =>
  JSON.stringify({ StartAt: "Work", States: { Work: { Type: "Task", Resource: resource, End: true, ...more } } });

async function createMachine(definition, more = {}) {
  const input = { name: newName("machine"), definition, roleArn, ...more };
  const made = await send(new CreateStateMachineCommand(input));
  return { ...made, name: input.name };
}

async function ended(executionArn) {
  for (;;) {
    const execution = await send(new DescribeExecutionCommand({ executionArn }));
    if (execution.status !== "RUNNING") return execution;
    await new Promise((next) => setTimeout(next, 20));
  }
}

async function run(stateMachineArn, input = {}) {
  const started = await send(new StartExecutionCommand({ stateMachineArn, input: JSON.stringify(input) }));
  return ended(started.executionArn);
}

async function pagesOf(paginator, member) {
  const all = [];
  for await (const page of paginator) all.push(...page[member]);
  return all;
}

test("a state machine is made, described, changed and deleted", async () => {
  const { stateMachineArn, creationDate, name } = await createMachine(pass("one"), {
    tags: [{ key: "team", value: "a" }],
  });
  assert.match(stateMachineArn, /^arn:aws:states:us-east-1:000000000000:stateMachine:/);
  assert.ok(creationDate instanceof Date && Math.abs(Date.now() - creationDate) < 3_600_000);
  const before = await send(new DescribeStateMachineCommand({ stateMachineArn }));
  assert.equal(before.definition, pass("one"));
  assert.equal(before.status, "ACTIVE");
  assert.equal(before.revisionId, undefined);
  const updated = await send(new UpdateStateMachineCommand({ stateMachineArn, definition: pass("two") }));
  const after = await send(new DescribeStateMachineCommand({ stateMachineArn }));
  assert.equal(after.revisionId, updated.revisionId);
  assert.equal(after.definition, pass("two"));
  await assert.rejects(
    send(new CreateStateMachineCommand({ name, definition: pass("one"), roleArn })),
    StateMachineAlreadyExists,
  );
  await send(new DeleteStateMachineCommand({ stateMachineArn }));
  await assert.rejects(send(new DescribeStateMachineCommand({ stateMachineArn })), StateMachineDoesNotExist);
});

test("state machines come in pages", async () => {
  const made = [await createMachine(pass(1)), await createMachine(pass(2)), await createMachine(pass(3))];
  const listed = await pagesOf(paginateListStateMachines({ client, pageSize: 2 }, {}), "stateMachines");
  const arns = listed.map((entry) => entry.stateMachineArn);
  for (const { stateMachineArn } of made) assert.ok(arns.includes(stateMachineArn));
});

test("definitions are checked", async () => {
  const wrong = JSON.stringify({ StartAt: "Nowhere", States: { A: { Type: "Succeed" } } });
  const checked = await send(new ValidateStateMachineDefinitionCommand({ definition: wrong }));
  assert.equal(checked.result, "FAIL");
  assert.ok(checked.diagnostics.length > 0 && checked.diagnostics[0].message);
  assert.equal(
    (await send(new ValidateStateMachineDefinitionCommand({ definition: pass(1) }))).result,
    "OK",
  );
  await assert.rejects(createMachine(wrong), InvalidDefinition);
});

test("versions and aliases route executions", async () => {
  const { stateMachineArn, stateMachineVersionArn } = await createMachine(pass("one"), { publish: true });
  assert.equal(stateMachineVersionArn, `${stateMachineArn}:1`);
  await send(new UpdateStateMachineCommand({ stateMachineArn, definition: pass("two") }));
  const second = await send(new PublishStateMachineVersionCommand({ stateMachineArn, description: "second" }));
  const { stateMachineAliasArn } = await send(
    new CreateStateMachineAliasCommand({
      name: "live",
      routingConfiguration: [{ stateMachineVersionArn, weight: 100 }],
    }),
  );
  assert.equal(JSON.parse((await run(stateMachineAliasArn)).output), "one");
  await send(
    new UpdateStateMachineAliasCommand({
      stateMachineAliasArn,
      routingConfiguration: [{ stateMachineVersionArn: second.stateMachineVersionArn, weight: 100 }],
    }),
  );
  const alias = await send(new DescribeStateMachineAliasCommand({ stateMachineAliasArn }));
  assert.equal(alias.routingConfiguration[0].stateMachineVersionArn, second.stateMachineVersionArn);
  const execution = await run(stateMachineAliasArn);
  assert.equal(JSON.parse(execution.output), "two");
  assert.equal(execution.stateMachineVersionArn, second.stateMachineVersionArn);
  assert.equal(execution.stateMachineAliasArn, stateMachineAliasArn);
  const used = second.stateMachineVersionArn;
  await assert.rejects(
    send(new DeleteStateMachineVersionCommand({ stateMachineVersionArn: used })),
    ConflictException,
  );
  await send(new DeleteStateMachineAliasCommand({ stateMachineAliasArn }));
  await assert.rejects(send(new DescribeStateMachineAliasCommand({ stateMachineAliasArn })), ResourceNotFound);
  await send(new DeleteStateMachineVersionCommand({ stateMachineVersionArn: used }));
});

test("an execution is started once, described and read event by event", async () => {
  const { stateMachineArn } = await createMachine(pass({ answer: 42 }));
  const input = { stateMachineArn, name: "first", input: '{"a": 1}' };
  const { executionArn } = await send(new StartExecutionCommand(input));
  const execution = await ended(executionArn);
  assert.equal(execution.status, "SUCCEEDED");
  assert.deepEqual(JSON.parse(execution.output), { answer: 42 });
  await assert.rejects(
    send(new StartExecutionCommand({ ...input, input: '{"a": 2}' })),
    ExecutionAlreadyExists,
  );
  await assert.rejects(
    send(new StartExecutionCommand({ stateMachineArn, input: "not json" })),
    InvalidExecutionInput,
  );
  const events = await pagesOf(paginateGetExecutionHistory({ client, pageSize: 2 }, { executionArn }), "events");
  assert.deepEqual(
    events.map((event) => event.type),
    ["ExecutionStarted", "PassStateEntered", "PassStateExited", "ExecutionSucceeded"],
  );
  assert.ok(events[0].timestamp instanceof Date);
  const machine = await send(new DescribeStateMachineForExecutionCommand({ executionArn }));
  assert.equal(machine.stateMachineArn, stateMachineArn);
  const listed = await pagesOf(paginateListExecutions({ client }, { stateMachineArn }), "executions");
  assert.deepEqual(
    listed.map((entry) => entry.executionArn),
    [executionArn],
  );
  assert.deepEqual((await send(new ListMapRunsCommand({ executionArn }))).mapRuns, []);
});

test("a stopped execution can be redriven, one that succeeded cannot", async () => {
  const wait = JSON.stringify({
    StartAt: "Wait",
    States: { Wait: { Type: "Wait", Seconds: 3600, End: true } },
  });
  const { stateMachineArn } = await createMachine(wait);
  const { executionArn } = await send(new StartExecutionCommand({ stateMachineArn }));
  await send(new StopExecutionCommand({ executionArn, error: "Enough", cause: "a test" }));
  const aborted = await ended(executionArn);
  assert.equal(aborted.status, "ABORTED");
  assert.equal(aborted.error, "Enough");
  assert.equal(aborted.redriveStatus, "REDRIVABLE");
  const { redriveDate } = await send(new RedriveExecutionCommand({ executionArn }));
  assert.ok(redriveDate instanceof Date);
  assert.equal((await send(new DescribeExecutionCommand({ executionArn }))).redriveCount, 1);
  await send(new StopExecutionCommand({ executionArn }));
  const done = await run((await createMachine(pass(1))).stateMachineArn);
  await assert.rejects(
    send(new RedriveExecutionCommand({ executionArn: done.executionArn })),
    ExecutionNotRedrivable,
  );
});

test("an Express execution answers with its output", async () => {
  const { stateMachineArn } = await createMachine(pass("quick"), { type: "EXPRESS" });
  const answer = await send(new StartSyncExecutionCommand({ stateMachineArn }));
  assert.equal(answer.status, "SUCCEEDED");
  assert.equal(JSON.parse(answer.output), "quick");
  assert.ok(answer.billingDetails.billedDurationInMilliseconds >= 100);
  await assert.rejects(
    send(new DescribeExecutionCommand({ executionArn: answer.executionArn })),
    InvalidArn,
  );
});

test("an activity's worker takes tasks and ends them", async () => {
  const { activityArn } = await send(new CreateActivityCommand({ name: newName("activity") }));
  assert.equal((await send(new DescribeActivityCommand({ activityArn }))).activityArn, activityArn);
  const activities = await pagesOf(paginateListActivities({ client, pageSize: 1 }, {}), "activities");
  assert.ok(activities.some((entry) => entry.activityArn === activityArn));
  const { stateMachineArn } = await createMachine(task(activityArn));
  const first = await send(new StartExecutionCommand({ stateMachineArn, input: '{"n": 1}' }));
  const taken = await send(new GetActivityTaskCommand({ activityArn, workerName: "node" }));
  assert.deepEqual(JSON.parse(taken.input), { n: 1 });
  await send(new SendTaskHeartbeatCommand({ taskToken: taken.taskToken }));
  await send(new SendTaskSuccessCommand({ taskToken: taken.taskToken, output: '{"done": true}' }));
  assert.deepEqual(JSON.parse((await ended(first.executionArn)).output), { done: true });
  const second = await send(new StartExecutionCommand({ stateMachineArn }));
  const failed = await send(new GetActivityTaskCommand({ activityArn }));
  await send(new SendTaskFailureCommand({ taskToken: failed.taskToken, error: "Worse", cause: "words" }));
  const execution = await ended(second.executionArn);
  assert.equal(execution.status, "FAILED");
  assert.equal(execution.error, "Worse");
  await assert.rejects(
    send(new SendTaskSuccessCommand({ taskToken: "no-such-token", output: "{}" })),
    InvalidToken,
  );
  await send(new DeleteActivityCommand({ activityArn }));
  await assert.rejects(send(new DescribeActivityCommand({ activityArn })), ActivityDoesNotExist);
});

test("resources have tags", async () => {
  const { stateMachineArn: resourceArn } = await createMachine(pass(1));
  await send(
    new TagResourceCommand({
      resourceArn,
      tags: [
        { key: "b", value: "2" },
        { key: "a", value: "1" },
      ],
    }),
  );
  await send(new UntagResourceCommand({ resourceArn, tagKeys: ["b", "none"] }));
  assert.deepEqual((await send(new ListTagsForResourceCommand({ resourceArn }))).tags, [
    { key: "a", value: "1" },
  ]);
});

test("what breaks the model is told in the service's words", async () => {
  await assert.rejects(createMachine(pass(1), { name: "x".repeat(81) }), (error) => {
    assert.ok(error instanceof ValidationException);
    assert.match(error.message, /Member must have length less than or equal to 80$/);
    return true;
  });
});
