import { expect, test } from "vitest";
import { formatAge, formatDuration, oneLine, sentence } from "./format";

test.each([
  [-5, "0 ms"],
  [0, "0 ms"],
  [840.4, "840 ms"],
  [2_240, "2.2 s"],
  [59_949, "59.9 s"],
  [59_950, "1 min 00 s"],
  [185_000, "3 min 05 s"],
  [7_440_000, "2 h 04 min"],
])("a duration of %d ms is %s", (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

test.each([
  [-60, "just now"],
  [59, "just now"],
  [60, "1 min. ago"],
  [3_600 * 5, "5 hr. ago"],
  [86_400, "yesterday"],
])("%d seconds ago is %s", (seconds, text) => {
  expect(formatAge(new Date(0).toISOString(), seconds * 1_000)).toBe(text);
});

test.each([
  ["there is no harness", "There is no harness"],
  ["/toolz is not a known key", "/toolz is not a known key"],
  ["maxIterations must be at least 1", "maxIterations must be at least 1"],
])("the message %j is shown as %j", (message, shown) => {
  expect(sentence(message)).toBe(shown);
});

test("a long text is one cut line", () => {
  expect(oneLine("a\n  b\tc", 10)).toBe("a b c");
  expect(oneLine("x".repeat(30), 10)).toBe(`${"x".repeat(9)}…`);
});
