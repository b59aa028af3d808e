import { expect, test } from "vitest";
import { contentOf, resultBlocks } from "./call-result";

test.each([
  ['{"price": 3}', { json: { price: 3 } }],
  [" [1, 2]\n", { json: [1, 2] }],
  ["{not json", { text: "{not json" }],
  ["42", { text: "42" }],
  ["the order is late\n", { text: "the order is late\n" }],
])("the result %j is sent as %j", (text, content) => {
  expect(contentOf(text)).toEqual(content);
});

test("each call gets its own result", () => {
  const written = new Map([
    ["a", { text: "fine", isError: false }],
    ["b", { text: "no such order", isError: true }],
  ]);
  expect(resultBlocks(written)).toEqual([
    { toolResult: { toolUseId: "a", status: "success", content: [{ text: "fine" }] } },
    { toolResult: { toolUseId: "b", status: "error", content: [{ text: "no such order" }] } },
  ]);
});
