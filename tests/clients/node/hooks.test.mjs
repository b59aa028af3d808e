// Hooks: a webhook on loopback is asked, its decision holds, and the stream tells of it as the API's hookEvent.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import test from "node:test";
import {
  createOwnHarness,
  hookSecret,
  hookSecretReference,
  invoke,
  newSessionId,
  of,
  resultsOf,
  scriptedModel,
  stopOf,
  stopsOf,
  textOf,
  textTurn,
  toolTurn,
} from "./soma.mjs";

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const echo = (id = "use-1") => toolTurn(id, "shell", { command: `echo ${id} ran` });

// A receiver that answers what `decide` makes of each payload; `calls` are the requests it got, in order.
async function receiver(t, decide) {
  const calls = [];
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray());
    const payload = JSON.parse(body);
    calls.push({ payload, body, headers: request.headers });
    const answer = decide(payload);
    response.writeHead(answer.status ?? 200, { "content-type": "application/json" });
    response.end(JSON.stringify(answer.body ?? {}));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  const target = (more) => ({
    webhook: {
      url: `http://127.0.0.1:${server.address().port}/hook`,
      secret: hookSecretReference,
      timeoutSeconds: 20,
      ...more,
    },
  });
  return { calls, target };
}

const decision = (word, reason) => ({ body: { decision: word, reason } });
const allow = () => decision("allow");

test("hooks of all four points are events of the SDK, around what they are about", async (t) => {
  const { calls, target } = await receiver(t, ({ type }) => decision("allow", `seen: ${type}`));
  const kinds = {
    beforeInvocation: "before_invocation",
    beforeToolCall: "before_tool_call",
    afterToolCall: "after_tool_call",
    afterInvocation: "after_invocation",
  };
  const hooks = Object.keys(kinds).map((kind) => ({ [kind]: { name: `on_${kind}`, target: target() } }));
  const harness = await createOwnHarness(scriptedModel(echo(), textTurn("Done.")), { hooks });
  const runtimeSessionId = newSessionId();
  const events = await invoke(harness, { runtimeSessionId });
  const seen = of(events, "hookEvent");
  assert.deepEqual(
    seen.map(({ hookEventId, ...rest }) => rest),
    Object.entries(kinds).map(([kind, type]) => ({
      name: `on_${kind}`,
      type,
      decision: "allow",
      reason: `seen: ${type}`,
    })),
  );
  for (const { hookEventId } of seen) assert.match(hookEventId, uuid);
  assert.equal(new Set(seen.map(({ hookEventId }) => hookEventId)).size, 4);
  assert.deepEqual(
    calls.map((call) => call.payload.hookEventId),
    seen.map((event) => event.hookEventId),
    "what the receiver was told is what the client sees",
  );
  const order = events.flatMap((event) => Object.keys(event));
  assert.ok(order.indexOf("hookEvent") < order.indexOf("messageStart"));
  assert.equal(textOf(events), "Done.");
  for (const { payload } of calls) {
    assert.equal(payload.sessionId, runtimeSessionId);
    assert.equal(payload.harnessId, harness.harnessId);
  }
  assert.deepEqual(calls[1].payload.context.input, { command: "echo use-1 ran" });
});

test("each request is signed over its time and its very bytes", async (t) => {
  const { calls, target } = await receiver(t, allow);
  const hooks = [{ beforeToolCall: { name: "audit", target: target() } }];
  await invoke(await createOwnHarness(scriptedModel(echo(), textTurn("Done.")), { hooks }));
  assert.equal(calls.length, 1);
  const [{ headers, body, payload }] = calls;
  const sentAt = headers["x-soma-timestamp"];
  const mac = createHmac("sha256", hookSecret).update(`${sentAt}.`).update(body).digest("hex");
  assert.equal(headers["x-soma-signature"], `v1=${mac}`);
  assert.ok(Math.abs(Date.now() / 1000 - Number(sentAt)) < 300, sentAt);
  assert.equal(headers["x-soma-hook-event-id"], payload.hookEventId);
  assert.equal(headers["content-type"], "application/json");
});

test("a call that a hook denies is not run, and the model goes on with the reason", async (t) => {
  const { target } = await receiver(t, () => decision("deny", "no echoes on a Friday"));
  const hooks = [{ beforeToolCall: { name: "audit", target: target() } }];
  const harness = await createOwnHarness(scriptedModel(echo(), textTurn("Understood.")), { hooks });
  const events = await invoke(harness);
  const [event] = of(events, "hookEvent");
  assert.equal(event.decision, "deny");
  assert.equal(event.reason, "no echoes on a Friday");
  assert.doesNotMatch(resultsOf(events), /use-1 ran/);
  assert.match(resultsOf(events), /a hook denied it: no echoes on a Friday/);
  assert.equal(textOf(events), "Understood.");
  assert.equal(stopOf(events), "end_turn");
});

test("hook_stopped before the invocation: no model is asked", async (t) => {
  const { target } = await receiver(t, () => decision("deny", "closed"));
  const hooks = [{ beforeInvocation: { name: "gate", target: target() } }];
  const events = await invoke(await createOwnHarness(scriptedModel(textTurn("never")), { hooks }));
  assert.deepEqual(stopsOf(events), ["hook_stopped"]);
  assert.equal(of(events, "hookEvent")[0].reason, "closed");
  assert.equal(textOf(events), "");
  assert.equal(of(events, "metadata").length, 0);
});

test("hook_stopped after a call: its result is kept, the model is not asked again", async (t) => {
  const { calls, target } = await receiver(t, () => decision("deny", "that is enough"));
  const hooks = [{ afterToolCall: { name: "watch", target: target() } }];
  const events = await invoke(await createOwnHarness(scriptedModel(echo(), textTurn("never")), { hooks }));
  assert.equal(stopOf(events), "hook_stopped");
  assert.match(resultsOf(events), /use-1 ran/);
  assert.equal(textOf(events), "");
  assert.match(JSON.stringify(calls[0].payload.context.result), /use-1 ran/);
});

test("a hook that fails denies, or allows where it is said so", async (t) => {
  const { target } = await receiver(t, () => ({ status: 500 }));
  for (const [failureMode, expected] of [
    ["deny", /a hook denied it: the hook 'audit' failed/],
    ["allow", /use-1 ran/],
  ]) {
    const hooks = [{ beforeToolCall: { name: "audit", target: target({ failureMode }) } }];
    const harness = await createOwnHarness(scriptedModel(echo(), textTurn("Done.")), { hooks });
    const events = await invoke(harness);
    assert.match(resultsOf(events), expected);
    assert.equal(of(events, "hookEvent")[0].decision, failureMode);
    assert.equal(stopOf(events), "end_turn");
  }
});

test("a hook that is told and not asked has no decision", async (t) => {
  const { target } = await receiver(t, () => decision("deny", "nobody asked"));
  const hooks = [{ beforeToolCall: { name: "log", target: target({ wait: false }) } }];
  const events = await invoke(await createOwnHarness(scriptedModel(echo(), textTurn("Done.")), { hooks }));
  const [event] = of(events, "hookEvent");
  assert.equal(event.decision, undefined);
  assert.match(resultsOf(events), /use-1 ran/);
});

test("a reason is cut to what the API allows", async (t) => {
  const { target } = await receiver(t, () => decision("deny", "é".repeat(4000)));
  const hooks = [{ beforeToolCall: { name: "audit", target: target() } }];
  const events = await invoke(await createOwnHarness(scriptedModel(echo(), textTurn("Done.")), { hooks }));
  const { reason } = of(events, "hookEvent")[0];
  assert.match(reason, /^é+$/);
  assert.ok(reason.length <= 1024);
});
