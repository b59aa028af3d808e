import { expect, test } from "vitest";
import { kNoMock, mockOf } from "./mock";

test("the world answers unless something is written in its place", () => {
  expect(mockOf(kNoMock)).toBeUndefined();
});

test("a result goes with how it is checked", () => {
  expect(mockOf({ ...kNoMock, kind: "result", result: "[1]", check: "NONE" })).toEqual({ result: "[1]", fieldValidationMode: "NONE" });
});

test("an error has a cause when there is one", () => {
  expect(mockOf({ ...kNoMock, kind: "error", error: "E" })).toEqual({ errorOutput: { error: "E" } });
  expect(mockOf({ ...kNoMock, kind: "error", error: "E", cause: "because" })).toEqual({ errorOutput: { error: "E", cause: "because" } });
});
