// Limits that the API has no member for: their stop reasons pass the SDK, and a cap on cost needs a price.
import assert from "node:assert/strict";
import test from "node:test";
import { ValidationException } from "@aws-sdk/client-bedrock-agentcore";
import {
  answeredOf,
  callsTurn,
  createOwnHarness,
  invoke,
  of,
  open,
  pricedModel,
  resultsOf,
  scriptedModel,
  stopsOf,
  textTurn,
  toolTurn,
} from "./soma.mjs";

const echo = (id) => [id, "shell", { command: `echo ${id} ran` }];

test("max_tool_calls_exceeded: one call more than allowed is not run, and the model is not asked again", async () => {
  const model = scriptedModel(callsTurn(echo("first"), echo("second")), textTurn("never"));
  const events = await invoke(await createOwnHarness(model, { maxToolCalls: 1 }));
  assert.deepEqual(stopsOf(events), ["tool_use", "tool_result", "max_tool_calls_exceeded"]);
  assert.deepEqual(answeredOf(events).toSorted(), ["first", "second"]);
  assert.match(resultsOf(events), /first ran/);
  assert.doesNotMatch(resultsOf(events), /second ran/);
  assert.match(resultsOf(events), /maxToolCalls \(1\)/);
});

test("max_cost_exceeded: what has cost enough goes no further, and what would cost too much is not begun", async () => {
  const spend = toolTurn(...echo("one"));
  // By run.py's price, a dollar a token.
  const usage = { inputTokens: 10, outputTokens: 90_000, totalTokens: 90_010 };
  spend.at(-1).metadata.usage = usage;
  const model = pricedModel(spend, textTurn("never"));
  const enough = await invoke(await createOwnHarness(model, { maxCostUsd: 90_000 }));
  assert.deepEqual(stopsOf(enough), ["tool_use", "tool_result", "max_cost_exceeded"]);
  assert.deepEqual(
    of(enough, "metadata").map((event) => event.usage),
    [usage],
  );
  assert.match(resultsOf(enough), /one ran/);

  const none = await invoke(await createOwnHarness(model, { maxCostUsd: 1 }));
  assert.deepEqual(stopsOf(none), ["max_cost_exceeded"]);
  assert.equal(of(none, "metadata").length, 0);
});

test("a cap on cost is refused for a model without a price", async () => {
  const unknown = { provider: "openai", modelId: "of-my-own", apiBase: "http://127.0.0.1:9/v1" };
  const harness = await createOwnHarness(unknown, { maxCostUsd: 1 });
  await assert.rejects(open(harness), (error) => {
    assert.ok(error instanceof ValidationException, `${error}`);
    return /maxCostUsd is set and no price is known for the model 'of-my-own'/.test(error.message);
  });
});
