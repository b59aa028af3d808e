// InvokeAgentRuntimeCommand: a command in a session's sandbox, without a model.
import assert from "node:assert/strict";
import test from "node:test";
import {
  InvokeAgentRuntimeCommandCommand,
  ResourceNotFoundException,
  ValidationException,
} from "@aws-sdk/client-bedrock-agentcore";
import { collect, createHarness, data, newSessionId, reflex } from "./soma.mjs";

const open = (harness, body, runtimeSessionId = newSessionId()) =>
  data.send(new InvokeAgentRuntimeCommandCommand({ agentRuntimeArn: harness.arn, runtimeSessionId, body }));

async function run(harness, body, runtimeSessionId) {
  const chunks = (await collect((await open(harness, body, runtimeSessionId)).stream)).map(
    (event) => event.chunk,
  );
  const joined = (kind) => chunks.map((chunk) => chunk.contentDelta?.[kind] ?? "").join("");
  return { chunks, stdout: joined("stdout"), stderr: joined("stderr"), stop: chunks.at(-1).contentStop };
}

test("output comes by stream, between a start and a stop with the exit code", async () => {
  const result = await run(await createHarness(reflex), {
    command: "echo out; echo err >&2; exit 3",
    timeout: 30,
  });
  assert.ok(result.chunks[0].contentStart);
  assert.equal(result.stdout, "out\n");
  assert.equal(result.stderr, "err\n");
  assert.equal(result.stop.exitCode, 3);
  assert.equal(result.stop.status, "COMPLETED");
});

test("a command that takes too long is TIMED_OUT", async () => {
  const { stop } = await run(await createHarness(reflex), { command: "sleep 30", timeout: 1 });
  assert.equal(stop.status, "TIMED_OUT");
});

test("the session's id is answered, and its files stay", async () => {
  const harness = await createHarness(reflex, { environmentVariables: { WORD: "kept" } });
  const runtimeSessionId = newSessionId();
  const first = await open(harness, { command: 'printf "$WORD" > note.txt' }, runtimeSessionId);
  assert.equal(first.runtimeSessionId, runtimeSessionId);
  assert.equal(first.contentType, "application/vnd.amazon.eventstream");
  await collect(first.stream);
  assert.equal((await run(harness, { command: "cat note.txt" }, runtimeSessionId)).stdout, "kept");
  assert.equal((await run(harness, { command: "ls" })).stdout, "");
});

test("bad commands are exceptions before the stream", async () => {
  const harness = await createHarness(reflex);
  await assert.rejects(open(harness, { command: "true", timeout: 3601 }), ValidationException);
  await assert.rejects(open(harness, { command: "" }), ValidationException);
  await assert.rejects(
    open({ arn: harness.arn.replace(/.{10}$/, "0000000000") }, { command: "true" }),
    ResourceNotFoundException,
  );
});
