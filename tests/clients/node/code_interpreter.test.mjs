// Code interpreter sessions.
import assert from "node:assert/strict";
import test from "node:test";
import {
  GetCodeInterpreterSessionCommand,
  InvokeCodeInterpreterCommand,
  ListCodeInterpreterSessionsCommand,
  ResourceNotFoundException,
  StartCodeInterpreterSessionCommand,
  StopCodeInterpreterSessionCommand,
  ValidationException,
} from "@aws-sdk/client-bedrock-agentcore";
import { collect, data } from "./soma.mjs";

const codeInterpreterIdentifier = "aws.codeinterpreter.v1";
const send = (Command, input) => data.send(new Command({ codeInterpreterIdentifier, ...input }));
const start = async (input) => (await send(StartCodeInterpreterSessionCommand, input)).sessionId;
const stop = (sessionId) => send(StopCodeInterpreterSessionCommand, { sessionId });

async function call(sessionId, name, args) {
  const answer = await send(InvokeCodeInterpreterCommand, { sessionId, name, arguments: args });
  const events = await collect(answer.stream);
  assert.equal(events.length, 1);
  return events[0].result;
}

test("a session runs code, keeps its state, and ends", async () => {
  const sessionId = await start({ name: "node", sessionTimeoutSeconds: 600 });
  const got = await send(GetCodeInterpreterSessionCommand, { sessionId });
  assert.equal(got.status, "READY");
  assert.equal(got.sessionTimeoutSeconds, 600);
  assert.ok(got.createdAt instanceof Date);
  await call(sessionId, "executeCode", { language: "python", code: "x = 6" });
  const result = await call(sessionId, "executeCode", { language: "python", code: "x * 7" });
  assert.equal(result.isError, false);
  assert.equal(result.structuredContent.stdout, "42\n");
  assert.equal(result.structuredContent.exitCode, 0);
  assert.deepEqual(result.content, [{ type: "text", text: "42\n" }]);
  const { items } = await send(ListCodeInterpreterSessionsCommand, { status: "READY" });
  assert.ok(items.some((item) => item.sessionId === sessionId && item.name === "node"));
  await stop(sessionId);
  assert.equal((await send(GetCodeInterpreterSessionCommand, { sessionId })).status, "TERMINATED");
  await assert.rejects(call(sessionId, "executeCode", { code: "1" }), ResourceNotFoundException);
});

test("files go in as bytes and come back as bytes", async () => {
  const sessionId = await start({});
  const blob = new Uint8Array([0, 255, 7]);
  await call(sessionId, "writeFiles", {
    content: [
      { path: "a.txt", text: "words" },
      { path: "b.bin", blob },
    ],
  });
  const { content } = await call(sessionId, "readFiles", { paths: ["a.txt", "b.bin"] });
  assert.equal(content[0].resource.text, "words");
  assert.deepEqual(new Uint8Array(content[1].resource.blob), blob);
  await stop(sessionId);
});

test("a task is started, looked at and stopped", async () => {
  const sessionId = await start({});
  const { structuredContent: task } = await call(sessionId, "startCommandExecution", { command: "sleep 1000" });
  assert.equal(task.taskStatus, "submitted");
  const { structuredContent: seen } = await call(sessionId, "getTask", { taskId: task.taskId });
  assert.equal(seen.taskStatus, "working");
  const { structuredContent: stopped } = await call(sessionId, "stopTask", { taskId: task.taskId });
  assert.equal(stopped.taskStatus, "canceled");
  await stop(sessionId);
});

test("what cannot be asked is an exception", async () => {
  const sessionId = await start({});
  await assert.rejects(call(sessionId, "executeCode", { language: "typescript", code: "1" }), ValidationException);
  await assert.rejects(start({ sessionTimeoutSeconds: 28801 }), ValidationException);
  await stop(sessionId);
});
