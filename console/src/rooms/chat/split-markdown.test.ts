import { expect, test } from "vitest";
import { splitMarkdown } from "./split-markdown";

test.each([
  ["paragraphs", "one\ntwo\n\nthree", ["one\ntwo\n\n", "three"]],
  ["a heading and a table", "# A\n\n| a |\n|---|\n| 1 |\n", ["# A\n\n", "| a |\n|---|\n| 1 |\n"]],
  ["an empty text", "", [""]],
])("%s are cut at blank lines", (_, text, pieces) => {
  expect(splitMarkdown(text)).toEqual(pieces);
});

test.each([
  ["a block of code", "```\na\n\nb\n```"],
  ["a block of code that is not closed yet", "~~~~js\na\n\nb\n~~~\n\nc"],
  ["a list with room between its items", "1. a\n\n2. b\n\n   more of b"],
  ["links defined elsewhere", "see [a]\n\n[a]: http://a.test"],
])("%s stays whole", (_, text) => {
  expect(splitMarkdown(text)).toEqual([text]);
});

test("what is cut is all there, and grows at its end only", () => {
  const text = "# Title\n\n- a\n- b\n\nwords\n\n```c\nx\n\ny\n```\n\nend";
  const whole = splitMarkdown(text);
  expect(whole.join("")).toBe(text);
  for (let length = 0; length <= text.length; length++) {
    const pieces = splitMarkdown(text.slice(0, length));
    expect(whole.slice(0, pieces.length - 1)).toEqual(pieces.slice(0, -1));
  }
});
