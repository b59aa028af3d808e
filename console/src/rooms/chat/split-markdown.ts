// An answer that is being streamed grows at its end only. Cut into pieces, all but the last stay the same text and need not
// be parsed again with each word: an answer of 180 KB costs as much to follow as to read once.

const kFence = /^ {0,3}(`{3,}|~{3,})/;
/** A line that may belong to what stands before the blank line: part of a list item, or the beginning of the next one. */
const kContinuation = /^(?:\s|[-*+](?:\s|$)|\d{1,9}(?:[.)](?:\s|$)|$))/;
/** Definitions of links and footnotes are meant for the whole text, wherever they stand. */
const kDefinition = /^ {0,3}\[[^\]]+\]:/m;

/** Cuts Markdown at blank lines into pieces that say apart what they say together. Joined they are the text again. */
export function splitMarkdown(text: string): string[] {
  if (kDefinition.test(text)) return [text];
  const pieces: string[] = [];
  let start = 0;
  let at = 0;
  let fence = "";
  let afterBlank = false;
  while (at < text.length) {
    const newline = text.indexOf("\n", at);
    const end = newline < 0 ? text.length : newline + 1;
    const line = text.slice(at, end);
    if (fence === "" && afterBlank && line.trim() !== "" && !kContinuation.test(line)) {
      pieces.push(text.slice(start, at));
      start = at;
    }
    fence = fenceAfter(line, fence);
    afterBlank = line.trim() === "";
    at = end;
  }
  pieces.push(text.slice(start));
  return pieces;
}

/** The fence that is open after a line; nothing when none is. One is closed by its like, at least as long and alone. */
function fenceAfter(line: string, open: string): string {
  const mark = kFence.exec(line)?.[1];
  if (mark === undefined) return open;
  if (open === "") return mark;
  const closes = mark[0] === open[0] && mark.length >= open.length && line.trim() === mark;
  return closes ? "" : open;
}
