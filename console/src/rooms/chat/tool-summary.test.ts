import { expect, test } from "vitest";
import { failingExitCode, parseInput, summarise } from "./tool-summary";

test.each([
  [{ url: "http://site.test/", action: "navigate" }, "navigate http://site.test/"],
  [{ command: "ls\n  -l" }, "ls -l"],
  [{ unheardOf: 7, nested: {} }, "7"],
  ["half of a JSON te", "half of a JSON te"],
  [undefined, ""],
])("the input %j is summarised as %j", (input, summary) => {
  expect(summarise(input)).toBe(summary);
});

test.each([
  ["out\n[exit code 3 in 0.05 s]", "3"],
  ["[exit code 127]", "127"],
  ["out\n[exit code 0 in 0.05 s]", undefined],
  ["[exit code 3 in 0.05 s]\nand more", undefined],
])("the exit code that makes %j a failure is %j", (text, code) => {
  expect(failingExitCode(text)).toBe(code);
});

test("input that is still streamed stays text", () => {
  expect(parseInput('{"command":"l')).toBe('{"command":"l');
  expect(parseInput('{"command":"ls"}')).toEqual({ command: "ls" });
});
