import { expect, test } from "vitest";
import { parseRecord } from "./record-text";

test("a sentence is a fact", () => {
  expect(parseRecord("Anna lives in Lisbon.")).toEqual({ kind: "text", text: "Anna lives in Lisbon." });
});

test("a preference has its context and categories", () => {
  const text = JSON.stringify({ context: "The user said so.", preference: "Prefers window seats", categories: ["travel"] });
  expect(parseRecord(text)).toEqual({ kind: "preference", context: "The user said so.", preference: "Prefers window seats", categories: ["travel"] });
});

test("a summary is topics with their names and lines, unescaped", () => {
  const text = '<topic name="Locks &amp; Keys">\nuser: Is it &lt;locked&gt;?\ntools: search (2)\n</topic>';
  expect(parseRecord(text)).toEqual({ kind: "topics", topics: [{ name: "Locks & Keys", lines: ["user: Is it <locked>?", "tools: search (2)"] }] });
});

test("an episode has its actions", () => {
  const text = JSON.stringify({ situation: "At the desk.", intent: "Find the key", assessment: "Yes", actions: [{ tool: "search", arguments: { where: "desk" }, status: "success" }] });
  const episode = parseRecord(text);
  expect(episode).toMatchObject({ kind: "episode", situation: "At the desk.", intent: "Find the key", assessment: "Yes", reflection: "" });
  expect(episode.kind === "episode" && episode.actions).toEqual([{ tool: "search", arguments: '{"where":"desk"}', status: "success" }]);
});

test("a reflection has its confidence", () => {
  const text = JSON.stringify({ title: "search: where", use_cases: "Rooms", hints: "Look in desks", confidence: 0.7 });
  expect(parseRecord(text)).toEqual({ kind: "reflection", title: "search: where", useCases: "Rooms", hints: "Look in desks", confidence: 0.7 });
});

test("what has another shape is shown as it is", () => {
  for (const text of ["{not JSON}", "[1]", '{"other": 1}', "<topic without an end"]) expect(parseRecord(text)).toEqual({ kind: "text", text });
});
