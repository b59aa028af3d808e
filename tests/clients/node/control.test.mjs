// The control plane: harnesses as the SDK creates, reads, pages through, changes and deletes them.
import assert from "node:assert/strict";
import test from "node:test";
import {
  ConflictException,
  CreateHarnessCommand,
  DeleteHarnessCommand,
  GetHarnessCommand,
  ListHarnessVersionsCommand,
  ResourceNotFoundException,
  UpdateHarnessCommand,
  ValidationException,
  paginateListHarnesses,
  paginateListHarnessVersions,
} from "@aws-sdk/client-bedrock-agentcore-control";
import { control, createHarness, newName, reflex, roleArn } from "./soma.mjs";

const get = async (input) => (await control.send(new GetHarnessCommand(input))).harness;
const update = async (input) => (await control.send(new UpdateHarnessCommand(input))).harness;
const create = (input) => control.send(new CreateHarnessCommand({ executionRoleArn: roleArn, ...input }));

test("a new harness is answered in the API's shapes", async () => {
  const harness = await createHarness(reflex, { systemPrompt: [{ text: "Be brief." }], maxIterations: 5 });
  assert.equal(harness.status, "READY");
  assert.equal(harness.harnessVersion, "1");
  assert.match(
    harness.arn,
    /^arn:aws:bedrock-agentcore:[a-z0-9-]+:\d{12}:harness\/client_\w+-[a-zA-Z0-9]{10}$/,
  );
  assert.match(harness.harnessId, /^[a-zA-Z]\w{0,39}-[a-zA-Z0-9]{10}$/);
  assert.ok(harness.createdAt instanceof Date && Math.abs(Date.now() - harness.createdAt) < 3_600_000);
  assert.deepEqual(harness.model, reflex);
  assert.deepEqual(harness.systemPrompt, [{ text: "Be brief." }]);
  assert.equal(harness.maxIterations, 5);
  assert.deepEqual(harness.allowedTools, ["*"]);
  assert.deepEqual(harness.truncation, { strategy: "none" });
  assert.deepEqual(await get({ harnessId: harness.harnessId }), harness);
});

test("every model union comes back as it was sent", async () => {
  const models = [
    {
      bedrockModelConfig: {
        modelId: "m",
        maxTokens: 9,
        temperature: 0.5,
        topP: 0.25,
        apiFormat: "responses",
      },
    },
    { openAiModelConfig: { modelId: "m", apiKeyArn: "arn:of:a:key", apiBase: "https://models.example/v1" } },
    { geminiModelConfig: { modelId: "m", apiKeyArn: "arn:of:a:key", topK: 3, additionalParams: { a: [1] } } },
    { liteLlmModelConfig: { modelId: "elsewhere/m" } },
  ];
  for (const model of models) assert.deepEqual((await createHarness(model)).model, model);
});

test("tool configurations are unions too", async () => {
  const tools = [
    { type: "agentcore_browser", name: "browser", config: { agentCoreBrowser: {} } },
    { type: "agentcore_code_interpreter", name: "code", config: { agentCoreCodeInterpreter: {} } },
    { type: "agentcore_browser", name: "second" },
  ];
  assert.deepEqual((await createHarness(reflex, { tools })).tools, tools);
});

test("a tool configuration that soma does not have is refused by name", async () => {
  const config = {
    agentCoreBrowser: { browserArn: "arn:aws:bedrock-agentcore:us-east-1:aws:browser/aws.browser.v1" },
  };
  const refused = createHarness(reflex, { tools: [{ type: "agentcore_browser", name: "browser", config }] });
  await assert.rejects(
    refused,
    (error) => error instanceof ValidationException && /browserArn/.test(error.message),
  );
});

test("the environment is a union with the harness as its runtime", async () => {
  const lifecycleConfiguration = { idleRuntimeSessionTimeout: 120, maxLifetime: 600 };
  const networkConfiguration = { networkMode: "PUBLIC" };
  const environment = { agentCoreRuntimeEnvironment: { lifecycleConfiguration, networkConfiguration } };
  const harness = await createHarness(reflex, { environment, environmentVariables: { GREETING: "hello" } });
  const runtime = harness.environment.agentCoreRuntimeEnvironment;
  assert.deepEqual(runtime.lifecycleConfiguration, lifecycleConfiguration);
  assert.deepEqual(runtime.networkConfiguration, networkConfiguration);
  assert.equal(runtime.agentRuntimeArn, harness.arn);
  assert.deepEqual(harness.environmentVariables, { GREETING: "hello" });
});

test("what was read can be sent back as an update", async () => {
  const made = await createHarness(reflex, {
    tools: [{ type: "agentcore_browser", name: "browser", config: { agentCoreBrowser: {} } }],
  });
  const {
    harnessId,
    model,
    systemPrompt,
    tools,
    skills,
    allowedTools,
    truncation,
    environment,
    maxIterations,
    timeoutSeconds,
  } = made;
  const sent = {
    harnessId,
    model,
    systemPrompt,
    tools,
    skills,
    allowedTools,
    truncation,
    environment,
    maxIterations,
    timeoutSeconds,
  };
  const updated = await update({ ...sent, memory: { optionalValue: { disabled: {} } } });
  assert.equal(updated.harnessVersion, "2");
  for (const key of ["model", "systemPrompt", "tools", "environment"])
    assert.deepEqual(updated[key], made[key], key);
});

test("an update keeps what it does not name, and old versions can be read", async () => {
  const { harnessId } = await createHarness(reflex, { maxIterations: 5, timeoutSeconds: 30 });
  assert.equal((await update({ harnessId, maxIterations: 6 })).timeoutSeconds, 30);
  assert.equal((await get({ harnessId })).maxIterations, 6);
  assert.equal((await get({ harnessId, harnessVersion: "1" })).maxIterations, 5);
  await assert.rejects(get({ harnessId, harnessVersion: "3" }), ResourceNotFoundException);
});

test("versions are listed newest first, page by page", async () => {
  const { harnessId } = await createHarness(reflex);
  for (let count = 2; count <= 5; ++count) await update({ harnessId, maxIterations: count });
  const pages = [];
  for await (const page of paginateListHarnessVersions({ client: control, pageSize: 2 }, { harnessId }))
    pages.push(page.harnessVersions.map((entry) => entry.harnessVersion));
  assert.deepEqual(pages, [["5", "4"], ["3", "2"], ["1"]]);
});

test("the list's pages hold every harness once, in order", async () => {
  const made = [];
  for (let count = 0; count < 5; ++count) made.push((await createHarness(reflex)).harnessName);
  const seen = [];
  for await (const page of paginateListHarnesses({ client: control, pageSize: 2 }, {})) {
    assert.ok(page.harnesses.length <= 2);
    for (const entry of page.harnesses) {
      assert.ok(entry.createdAt instanceof Date);
      seen.push(entry.harnessName);
    }
  }
  for (const name of made) assert.equal(seen.filter((entry) => entry === name).length, 1, name);
  assert.deepEqual(seen, [...seen].sort());
});

test("a token that is no version is refused", async () => {
  const { harnessId } = await createHarness(reflex);
  const refused = control.send(new ListHarnessVersionsCommand({ harnessId, nextToken: "nowhere" }));
  await assert.rejects(refused, ValidationException);
});

test("a deleted harness is gone", async () => {
  const { harnessId } = await createHarness(reflex);
  const { harness } = await control.send(new DeleteHarnessCommand({ harnessId }));
  assert.equal(harness.status, "DELETING");
  await assert.rejects(get({ harnessId }), ResourceNotFoundException);
  await assert.rejects(control.send(new DeleteHarnessCommand({ harnessId })), ResourceNotFoundException);
});

test("a name that is taken is a ConflictException", async () => {
  const { harnessName } = await createHarness(reflex);
  const refused = create({ harnessName, model: reflex });
  await assert.rejects(
    refused,
    (error) => error instanceof ConflictException && error.message.includes(harnessName),
  );
});

test("a wrong configuration is a ValidationException with its reason", async () => {
  const refused = [
    { harnessName: newName("client"), model: reflex, maxIterations: -1 },
    { harnessName: "9 lives", model: reflex },
    { harnessName: newName("client") },
    { harnessName: newName("client"), model: reflex, skills: [{ path: "skills/a" }] },
    { harnessName: newName("client"), model: reflex, tools: [{ type: "remote_mcp", name: "far" }] },
  ];
  for (const input of refused)
    await assert.rejects(create(input), (error) => {
      assert.ok(error instanceof ValidationException, `${error}`);
      assert.equal(error.reason, "FieldValidationFailed");
      assert.equal(error.$metadata.httpStatusCode, 400);
      assert.ok(error.$metadata.requestId);
      return error.message.length > 0;
    });
});
