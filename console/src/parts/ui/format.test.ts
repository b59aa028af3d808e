import { expect, test } from "vitest";
import { formatAge, formatCompact, formatCost, formatDuration, formatUsd, oneLine, revealHidden, sentence } from "./format";

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

test.each([
  [0, "$0"],
  [0.00004, "< $0.0001"],
  [0.000123, "$0.00012"],
  [0.0123, "$0.012"],
  [0.5, "$0.50"],
  [0.996, "$1.00"],
  [12.345, "$12.35"],
  [1_234.5, "$1,234.50"],
])("a cost of %d dollars is %s", (value, text) => {
  expect(formatUsd(value)).toBe(text);
});

test("a cost that nobody knows is not nothing", () => {
  expect(formatCost(undefined)).toBe("no price");
  expect(formatCost(0)).toBe("$0");
});

test("large figures are short where there is no room", () => {
  expect([840, 1_204, 34_120, 2_000_000].map(formatCompact)).toEqual(["840", "1.2K", "34.1K", "2M"]);
});

test("characters that hide or turn others are spelt out", () => {
  expect(revealHidden("rm\u202e -rf\u200b\u0007 x\n\ty")).toBe("rm\\u202e -rf\\u200b\\u0007 x\n\ty");
  expect(revealHidden("größe – 漢字 🙂")).toBe("größe – 漢字 🙂");
});
