import { expect, test } from "vitest";
import { figuresOf, groupModels, offeredModels, readChoice, writeChoice } from "./model-choice";

test.each([
  { provider: "reflex", modelId: "" },
  { provider: "openai", modelId: "gpt-9" },
  { provider: "lite_llm", modelId: "vendor/model:latest" },
])("the choice %j survives the address", (choice) => {
  expect(readChoice(writeChoice(choice))).toEqual(choice);
});

test.each([undefined, "", "/nameless"])("the address %j chooses the harness's own model", (text) => {
  expect(readChoice(text)).toBeUndefined();
});

const model = (provider: string, modelId: string) => ({ provider, modelId, inputUsdPerMillion: 0.25, outputUsdPerMillion: 15 });

test("models are found by the words of their name", () => {
  const models = [model("alpha", "small-1"), model("beta", "small-2"), model("alpha", "large-1")];
  expect(groupModels(models, "").map(([name, found]) => [name, found.length])).toEqual([
    ["alpha", 2],
    ["beta", 1],
  ]);
  expect(groupModels(models, "ALPHA small").map(([, found]) => found.map(({ modelId }) => modelId))).toEqual([["small-1"]]);
  expect(groupModels(models, "none")).toEqual([]);
});

test("a model's figures are its price for a million tokens and its size", () => {
  expect(figuresOf(model("a", "m"))).toBe("$0.25 in · $15.00 out");
  expect(figuresOf({ ...model("a", "m"), contextWindow: 200_000 })).toBe("$0.25 in · $15.00 out · 200K context");
});

test("a price table's patterns become ids that can be used, or families to complete", () => {
  const providers = ["local", "far"].map((name) => ({ name, summary: "", needsModelId: name === "far" }));
  const ids = ["big", "big-20*", "mid-4*", "old-20*", "*east.small*", "mid-4"];
  const models = [model("local", "*"), model("far", "*"), ...ids.map((id) => model("far", id))];
  expect(offeredModels({ providers, models, pricesDate: "" }).map(({ provider, modelId, isWhole }) => [provider, modelId, isWhole])).toEqual([
    ["local", "", true],
    ["far", "", false],
    ["far", "big", true],
    ["far", "mid-4", true],
    ["far", "old-20", false],
    ["far", "east.small", false],
  ]);
});
