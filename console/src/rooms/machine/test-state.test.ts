import { expect, test } from "vitest";
import { stagesOf, wordsOf } from "./test-state";

test("the steps come in the order in which a state goes through them, unknown ones last", () => {
  const data = { variables: "{}", afterSomething: "1", result: "2", input: '{"a": 1}' };
  expect(stagesOf(data)).toEqual([
    { name: "input", value: { a: 1 } },
    { name: "result", value: 2 },
    { name: "variables", value: {} },
    { name: "afterSomething", value: 1 },
  ]);
  expect(stagesOf(undefined)).toEqual([]);
});

test("a step that is no JSON is shown as it is", () => {
  expect(stagesOf({ request: { protocol: "https" }, response: "<html>" })).toEqual([
    { name: "request", value: { protocol: "https" } },
    { name: "response", value: "<html>" },
  ]);
});

test("a step's name is read as words", () => {
  expect(wordsOf("afterResultSelector")).toBe("after result selector");
});
