import { expect, test } from "vitest";
import { lineOfState } from "./find-line";

const text = `{
  "StartAt": "Say {hi}",
  "States": {
    "Say {hi}": { "Type": "Pass", "Next": "B" },
    "B":
      {"Type": "Succeed"}
  }
}`;

test.each([
  ["Say {hi}", 4],
  ["B", 5],
  ["C", undefined],
])("%s begins in line %s", (name, line) => {
  expect(lineOfState(text, name)).toBe(line);
});
