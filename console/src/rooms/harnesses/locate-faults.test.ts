import { expect, test } from "vitest";
import { locateFaults } from "./locate-faults";

test("each violation goes to its line", () => {
  expect(locateFaults("line 4:3: /toolz is not known; try 'tools'; line 7:12: /maxIterations must be at least 1")).toEqual([
    { line: 4, message: "/toolz is not known; try 'tools'" },
    { line: 7, message: "/maxIterations must be at least 1" },
  ]);
});

test("a syntax error goes to its line", () => {
  expect(locateFaults("request body:3:3: expected ',' or '}'")).toEqual([{ line: 3, message: "expected ',' or '}'" }]);
});

test("a message without a line has no place", () => {
  expect(locateFaults('a harness named "a" exists; see line 4 of the list')).toEqual([]);
});
