// How a call's arguments are shown to somebody who answers for them: all of them, nothing left out without saying so.

export interface ShownArguments {
  /** A shell command, when the call has one. */
  readonly command?: string;
  /** The other arguments; nothing when the command is all there is. */
  readonly rest?: unknown;
}

/** Takes a command out of the arguments of a call that has one. */
export function splitArguments(input: unknown): ShownArguments {
  if (typeof input !== "object" || input === null || Array.isArray(input)) return { rest: input };
  const { command, ...rest } = input as Record<string, unknown>;
  if (typeof command !== "string") return { rest: input };
  return Object.keys(rest).length === 0 ? { command } : { command, rest };
}

const kFoldedLines = 12;
const kFoldedChars = 900;
/** A text that is only a little longer is shown whole: a button would take the same room. */
const kSpareLines = 3;

/** The beginning of a long text, cut at the end of a line where there is one; nothing when the text is short. */
export function beginningOf(text: string): string | undefined {
  const lines = text.split("\n");
  if (lines.length <= kFoldedLines + kSpareLines && text.length <= kFoldedChars * 1.25) return undefined;
  return lines.slice(0, kFoldedLines).join("\n").slice(0, kFoldedChars);
}
