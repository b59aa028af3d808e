// What the tests of this folder share: clients for the soma that the runner started, model scripts, streams.
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { randomUUID } from "node:crypto";
import { BedrockAgentCoreClient, InvokeHarnessCommand } from "@aws-sdk/client-bedrock-agentcore";
import {
  BedrockAgentCoreControlClient,
  CreateHarnessCommand,
} from "@aws-sdk/client-bedrock-agentcore-control";

const endpoint = process.env.SOMA_URL;
if (!endpoint) throw new Error("SOMA_URL is not set: run these tests with tests/clients/run.py");
// The key that signs hooks: run.py gives it to the server and to these tests.
export const hookSecret = process.env.SOMA_CLIENTS_HOOK_KEY;
export const hookSecretReference = "env:SOMA_CLIENTS_HOOK_KEY";

export const options = {
  endpoint,
  region: "us-east-1",
  // The SDKs sign every call; on loopback soma asks for no credentials, so any will do.
  credentials: { accessKeyId: "local", secretAccessKey: "local" },
  // An error that the tests expect must not be tried again.
  maxAttempts: 1,
};

export const control = new BedrockAgentCoreControlClient(options);
export const data = new BedrockAgentCoreClient(options);
// A stream that ended with an exception was not read to its last byte: its connection would keep the process alive.
after(() => {
  control.destroy();
  data.destroy();
});
export const roleArn = "arn:aws:iam::000000000000:role/soma";
export const reflex = { liteLlmModelConfig: { modelId: "reflex" } };

export const newName = (word) => `${word}_${randomUUID().replaceAll("-", "").slice(0, 12)}`;
export const newSessionId = () => randomUUID();
export const userText = (text) => [{ role: "user", content: [{ text }] }];

export async function createHarness(model, more = {}) {
  const input = { harnessName: newName("client"), executionRoleArn: roleArn, model, ...more };
  return (await control.send(new CreateHarnessCommand(input))).harness;
}

// Plain HTTP, for what the SDKs have no member or operation for: { status, body }.
export async function http(method, path, body) {
  const headers = { "content-type": "application/json" };
  const response = await fetch(endpoint + path, { method, headers, body: body && JSON.stringify(body) });
  return { status: response.status, body: await response.json() };
}

// A harness with members of soma's own, as soma spells them.
export async function createOwnHarness(model, more) {
  const { status, body } = await http("POST", "/harnesses", { harnessName: newName("own"), model, ...more });
  if (status !== 201) throw new Error(`POST /harnesses: ${status} ${JSON.stringify(body)}`);
  return body.harness;
}

// One invocation: what the SDK answers, whose stream is to be read.
export const open = (harness, input = {}) =>
  data.send(
    new InvokeHarnessCommand({
      harnessArn: harness.arn,
      runtimeSessionId: newSessionId(),
      messages: userText("go"),
      ...input,
    }),
  );
export const invoke = async (harness, input) => collect((await open(harness, input)).stream);

const end = (stopReason) => [
  { messageStop: { stopReason } },
  { metadata: { usage: { inputTokens: 10, outputTokens: 5, totalTokens: 15 }, metrics: { latencyMs: 1 } } },
];

export function textTurn(...pieces) {
  return [
    { messageStart: { role: "assistant" } },
    ...pieces.map((text) => ({ contentBlockDelta: { contentBlockIndex: 0, delta: { text } } })),
    { contentBlockStop: { contentBlockIndex: 0 } },
    ...end("end_turn"),
  ];
}

// Several calls in one turn: callsTurn(["use-1", "shell", { command: "ls" }], …).
export function callsTurn(...calls) {
  const blocks = calls.flatMap(([toolUseId, name, input], contentBlockIndex) => [
    { contentBlockStart: { contentBlockIndex, start: { toolUse: { toolUseId, name } } } },
    { contentBlockDelta: { contentBlockIndex, delta: { toolUse: { input: JSON.stringify(input) } } } },
    { contentBlockStop: { contentBlockIndex } },
  ]);
  return [{ messageStart: { role: "assistant" } }, ...blocks, ...end("tool_use")];
}

export const toolTurn = (...call) => callsTurn(call);

// A model that says the same in every session: the provider "replay", named the way the API names models.
export const scriptedModel = (...turns) => scriptFile("script.jsonl", turns);
// The same with the price that run.py gives such files.
export const pricedModel = (...turns) => scriptFile("priced.jsonl", turns);

function scriptFile(name, turns) {
  const path = join(mkdtempSync(join(tmpdir(), "soma-clients-")), name);
  writeFileSync(
    path,
    turns
      .flat()
      .map((line) => JSON.stringify(line) + "\n")
      .join(""),
  );
  return { liteLlmModelConfig: { modelId: `replay/${path}` } };
}

const waitMs = 60_000;
const pollMs = 20;

// Polls the server for a state that no stream of the SDK tells of.
export async function until(condition) {
  for (const end = Date.now() + waitMs; Date.now() < end;) {
    const value = await condition();
    if (value) return value;
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
  throw new Error(`not reached within ${waitMs} ms: ${condition}`);
}

export async function collect(stream) {
  const events = [];
  for await (const event of stream) events.push(event);
  return events;
}

// The events of one kind: of(events, "messageStop") → [{ stopReason }].
export const of = (events, kind) => events.filter((event) => event[kind]).map((event) => event[kind]);

export const textOf = (events) =>
  of(events, "contentBlockDelta")
    .map((event) => event.delta.text ?? "")
    .join("");
export const stopsOf = (events) => of(events, "messageStop").map((event) => event.stopReason);
export const stopOf = (events) => stopsOf(events).at(-1);
// What tools said, as one text.
export const resultsOf = (events) =>
  of(events, "contentBlockDelta")
    .flatMap((event) => event.delta.toolResult ?? [])
    .map((block) => block.text ?? JSON.stringify(block.json))
    .join("");
// The ids of the calls whose results came by stream, in their order.
export const answeredOf = (events) =>
  of(events, "contentBlockStart").flatMap((event) => event.start.toolResult?.toolUseId ?? []);
