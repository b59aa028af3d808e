import { expect, test } from "vitest";
import { beginningOf, splitArguments } from "./call-arguments";

test.each([
  [{ command: "ls" }, { command: "ls" }],
  [{ command: "ls", timeout: 5 }, { command: "ls", rest: { timeout: 5 } }],
  [{ command: ["ls"] }, { rest: { command: ["ls"] } }],
  [{ path: "a" }, { rest: { path: "a" } }],
  [[1], { rest: [1] }],
  ["text", { rest: "text" }],
])("of %j nothing is left out", (input, shown) => {
  expect(splitArguments(input)).toEqual(shown);
});

test("a short text is not folded, a long one begins with what it begins with", () => {
  expect(beginningOf("one\ntwo")).toBeUndefined();
  const lines = Array.from({ length: 40 }, (_, index) => `line ${index}`);
  expect(beginningOf(lines.join("\n"))).toBe(lines.slice(0, 12).join("\n"));
  expect(beginningOf("x".repeat(5_000))).toHaveLength(900);
});
