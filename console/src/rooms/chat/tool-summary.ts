import { oneLine } from "@/parts/ui/format";

const kLimit = 120;
/** The keys that say most about what a call does, in the order in which they are said. */
const kTellingKeys = ["action", "command", "code", "url", "path", "selector", "reference", "ref", "text", "query"];

/** A call's input on one line: `navigate https://…`, `ls -l`. */
export function summarise(input: unknown): string {
  if (typeof input !== "object" || input === null) return input === undefined ? "" : oneLine(String(input), kLimit);
  const values = input as Record<string, unknown>;
  const telling = kTellingKeys.map((key) => values[key]).filter(isPlain);
  const said = telling.length > 0 ? telling : Object.values(values).filter(isPlain);
  return oneLine(said.join(" "), kLimit);
}

function isPlain(value: unknown): value is string | number | boolean {
  return ["string", "number", "boolean"].includes(typeof value);
}

/** How a tool says, on its last line, that what it ran ended with an exit code other than 0. */
const kExitCode = /\[exit code ([1-9]\d{0,2})(?: in [\d.]+ s)?\]$/;

/** The exit code other than 0 with which a call's output ends, when it has one. */
export function failingExitCode(text: string): string | undefined {
  return kExitCode.exec(text)?.[1];
}

/** Input that is still being streamed is a piece of JSON; it becomes a value when it is whole. */
export function parseInput(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
