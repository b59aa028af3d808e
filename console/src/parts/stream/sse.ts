// A reader of server-sent events over fetch, after the HTML standard's parsing rules. EventSource itself is not used: it
// gives up for good on some failures, hides the status, and its waiting between tries cannot be shown or bounded.

export interface ServerSentEvent {
  id: string;
  event: string;
  data: string;
}

const kMaxEventChars = 32 * 1024 * 1024;

/** Yields each event of the stream. Ends with the stream; throws when reading fails or an event is too large. */
export async function* readServerSentEvents(
  body: ReadableStream<Uint8Array>,
  onBytes: () => void = () => {},
): AsyncGenerator<ServerSentEvent> {
  const parser = new EventParser();
  const decoder = new TextDecoder();
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      onBytes();
      yield* parser.push(decoder.decode(value, { stream: true }));
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

/** Takes text in pieces of any size, gives whole events. An event without its closing empty line is never given. */
export class EventParser {
  private rest = "";
  private id = "";
  private event = "";
  private data: string[] = [];
  private dataChars = 0;

  *push(text: string): Generator<ServerSentEvent> {
    const buffer = this.rest + text;
    let start = 0;
    // The rest was searched before: only a \r at its end may have become a line's end.
    let searched = Math.max(0, this.rest.length - 1);
    for (;;) {
      const end = nextLineEnd(buffer, searched);
      if (end === undefined) break;
      const event = this.takeLine(buffer.slice(start, end.at));
      start = end.next;
      searched = start;
      if (event) yield event;
    }
    this.rest = buffer.slice(start);
    if (this.rest.length + this.dataChars > kMaxEventChars) {
      throw new Error(`an event is larger than ${kMaxEventChars} characters`);
    }
  }

  private takeLine(line: string): ServerSentEvent | undefined {
    if (line === "") return this.dispatch();
    const colon = line.indexOf(":");
    if (colon === 0) return undefined; // a comment
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(line[colon + 1] === " " ? colon + 2 : colon + 1);
    if (field === "id") this.id = value;
    if (field === "event") this.event = value;
    if (field === "data") {
      this.data.push(value);
      this.dataChars += value.length;
    }
    return undefined;
  }

  private dispatch(): ServerSentEvent | undefined {
    const event = { id: this.id, event: this.event || "message", data: this.data.join("\n") };
    const isEmpty = this.data.length === 0;
    this.event = "";
    this.data = [];
    this.dataChars = 0;
    return isEmpty ? undefined : event;
  }
}

/** A line ends with \n, \r\n or \r; a \r at the very end may be half of a \r\n, so it waits for what follows. */
function nextLineEnd(text: string, from: number): { at: number; next: number } | undefined {
  for (let at = from; at < text.length; at++) {
    const char = text[at];
    if (char === "\n") return { at, next: at + 1 };
    if (char === "\r") {
      if (at + 1 === text.length) return undefined;
      return { at, next: text[at + 1] === "\n" ? at + 2 : at + 1 };
    }
  }
  return undefined;
}
