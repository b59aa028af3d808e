// What the tests of this folder share: clients for the soma that the runner started, model scripts, streams.
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { randomUUID } from "node:crypto";
import { BedrockAgentCoreClient } from "@aws-sdk/client-bedrock-agentcore";
import {
  BedrockAgentCoreControlClient,
  CreateHarnessCommand,
} from "@aws-sdk/client-bedrock-agentcore-control";

const endpoint = process.env.SOMA_URL;
if (!endpoint) throw new Error("SOMA_URL is not set: run these tests with tests/clients/run.py");

const options = {
  endpoint,
  region: "us-east-1",
  // The SDKs sign every call; on loopback soma asks for no credentials, so any will do.
  credentials: { accessKeyId: "local", secretAccessKey: "local" },
  // An error that the tests expect must not be tried again.
  maxAttempts: 1,
};

export const control = new BedrockAgentCoreControlClient(options);
export const data = new BedrockAgentCoreClient(options);
export const roleArn = "arn:aws:iam::000000000000:role/soma";
export const reflex = { liteLlmModelConfig: { modelId: "reflex" } };

export const newName = (word) => `${word}_${randomUUID().replaceAll("-", "").slice(0, 12)}`;
export const newSessionId = () => randomUUID();
export const userText = (text) => [{ role: "user", content: [{ text }] }];

export async function createHarness(model, more = {}) {
  const input = { harnessName: newName("client"), executionRoleArn: roleArn, model, ...more };
  return (await control.send(new CreateHarnessCommand(input))).harness;
}

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

export function toolTurn(toolUseId, name, input) {
  return [
    { messageStart: { role: "assistant" } },
    { contentBlockStart: { contentBlockIndex: 0, start: { toolUse: { toolUseId, name } } } },
    { contentBlockDelta: { contentBlockIndex: 0, delta: { toolUse: { input: JSON.stringify(input) } } } },
    { contentBlockStop: { contentBlockIndex: 0 } },
    ...end("tool_use"),
  ];
}

// A model that says the same in every session: the provider "replay", named the way the API names models.
export function scriptedModel(...turns) {
  const path = join(mkdtempSync(join(tmpdir(), "soma-clients-")), "script.jsonl");
  writeFileSync(
    path,
    turns
      .flat()
      .map((line) => JSON.stringify(line) + "\n")
      .join(""),
  );
  return { liteLlmModelConfig: { modelId: `replay/${path}` } };
}

export async function collect(stream) {
  const events = [];
  for await (const event of stream) events.push(event);
  return events;
}

// The events of one kind: of(events, "messageStop") → [{ stopReason }].
export const of = (events, kind) => events.filter((event) => event[kind]).map((event) => event[kind]);
