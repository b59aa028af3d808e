// remote_mcp tools: a model's calls reach MCP servers of the official SDKs, in both eras of the protocol.
import assert from "node:assert/strict";
import test, { after } from "node:test";
import { fileURLToPath } from "node:url";
import { GetHarnessCommand, ValidationException } from "@aws-sdk/client-bedrock-agentcore-control";
import { legacyServer, modernServer } from "./mcp_servers.mjs";
import {
  control,
  createHarness,
  createOwnHarness,
  callsTurn,
  http,
  invoke,
  newSessionId,
  of,
  resultsOf,
  scriptedModel,
  textTurn,
  toolTurn,
} from "./soma.mjs";

const legacy = await legacyServer();
const modern = await modernServer();
after(() => {
  legacy.close();
  modern.close();
});

const remote = (name, url, more = {}) => ({
  type: "remote_mcp",
  name,
  config: { remoteMcp: { url, ...more } },
});
const withServer = (url, turns, more = {}) =>
  createHarness(scriptedModel(...turns), { tools: [remote("kit", url)], ...more });
const journal = async ({ harnessId }, session) =>
  (await http("GET", `/api/runs/${encodeURIComponent(`session/${harnessId}/${session}`)}/events`)).body;

for (const [era, server] of [
  ["2025-11-25", legacy],
  ["2026-07-28", modern],
]) {
  test(`a model calls a tool of a server that speaks ${era}`, async () => {
    const harness = await withServer(server.url, [
      toolTurn("t1", "kit___add", { a: 19, b: 23 }),
      textTurn("It is 42."),
    ]);
    const events = await invoke(harness);
    const [start] = of(events, "contentBlockStart").filter((event) => event.start?.toolUse);
    assert.equal(start.start.toolUse.type, "mcp_tool_use");
    assert.equal(start.start.toolUse.serverName, "kit");
    assert.match(resultsOf(events), /42/);
    assert.equal(server.requests.at(-1).headers["mcp-protocol-version"], era);
  });

  test(`a tool's own failure is a result of a server that speaks ${era}`, async () => {
    const harness = await withServer(server.url, [toolTurn("t1", "kit___fail", {}), textTurn("It failed.")]);
    assert.match(resultsOf(await invoke(harness)), /nothing to fail with/);
  });
}

test("a server keeps its session between invocations, and the calls go on when it forgot it", async () => {
  const counts = (id) => [toolTurn(id, "kit___count", {}), textTurn("Counted.")];
  const harness = await withServer(legacy.url, [...counts("t1"), ...counts("t2"), ...counts("t3")]);
  const runtimeSessionId = newSessionId();
  assert.match(resultsOf(await invoke(harness, { runtimeSessionId })), /call 1/);
  assert.match(resultsOf(await invoke(harness, { runtimeSessionId })), /call 2/);
  legacy.forget();
  assert.match(resultsOf(await invoke(harness, { runtimeSessionId })), /call 1/);
});

test("two servers with the same tools do not meet", async () => {
  const harness = await createHarness(
    scriptedModel(
      callsTurn(["t1", "old___add", { a: 1, b: 1 }], ["t2", "new___add", { a: 2, b: 2 }]),
      textTurn("Done."),
    ),
    { tools: [remote("old", legacy.url), remote("new", modern.url)] },
  );
  assert.equal([...resultsOf(await invoke(harness))].sort().join(""), "24");
});

test("allowedTools names tools by their server", async () => {
  const harness = await withServer(
    modern.url,
    [callsTurn(["t1", "kit___add", { a: 1, b: 1 }], ["t2", "kit___count", {}]), textTurn("Done.")],
    { allowedTools: ["@kit/a*"] },
  );
  assert.match(resultsOf(await invoke(harness)), /There is no tool named 'kit___count'/);
});

test("an invocation goes on without a server that is away", async () => {
  const harness = await withServer("http://127.0.0.1:9/mcp", [textTurn("Then without.")]);
  const session = newSessionId();
  const events = await invoke(harness, { runtimeSessionId: session });
  assert.match(JSON.stringify(events), /Then without/);
  assert.match(JSON.stringify(await journal(harness, session)), /tools\.unavailable/);
});

test("secrets are named, sent and not shown", async () => {
  const headers = { Authorization: "Bearer ${env:SOMA_CLIENTS_HOOK_KEY}" };
  const harness = await createHarness(
    scriptedModel(toolTurn("t1", "kit___add", { a: 1, b: 1 }), textTurn("Done.")),
    { tools: [remote("kit", modern.url, { headers })] },
  );
  const session = newSessionId();
  await invoke(harness, { runtimeSessionId: session });
  const secret = process.env.SOMA_CLIENTS_HOOK_KEY;
  assert.equal(modern.requests.at(-1).headers.authorization, `Bearer ${secret}`);
  const told = await control.send(new GetHarnessCommand({ harnessId: harness.harnessId }));
  assert.deepEqual(told.harness.tools[0].config.remoteMcp.headers, headers);
  assert.ok(!JSON.stringify(await journal(harness, session)).includes(secret));
});

test("a secret in clear text is refused", async () => {
  const tools = [remote("kit", modern.url, { headers: { Authorization: "Bearer 123" } })];
  await assert.rejects(createHarness(scriptedModel(textTurn("x")), { tools }), (error) => {
    assert.ok(error instanceof ValidationException);
    assert.ok(!error.message.includes("123"));
    return true;
  });
});

test("a program speaks MCP on its stdin and stdout", async () => {
  const program = fileURLToPath(new URL("mcp_program.mjs", import.meta.url));
  const model = scriptedModel(toolTurn("t1", "local___greet", {}), textTurn("Greeted."));
  const harness = await createOwnHarness(model, {
    tools: [
      {
        type: "remote_mcp",
        name: "local",
        config: { command: [process.execPath, program], environment: { PLACE: "home" } },
      },
    ],
  });
  assert.match(resultsOf(await invoke(harness)), /hello from home/);
});
