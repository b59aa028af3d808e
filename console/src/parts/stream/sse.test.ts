import { describe, expect, test } from "vitest";
import { EventParser, type ServerSentEvent } from "./sse";

const kStream = ": hello\n\nid: 1\nevent: journal\ndata: {\"a\":1}\n\nid: 2\r\ndata: one\r\ndata: two\r\n\r\ndata:bare\n\n";
const kEvents: ServerSentEvent[] = [
  { id: "1", event: "journal", data: '{"a":1}' },
  { id: "2", event: "message", data: "one\ntwo" },
  { id: "2", event: "message", data: "bare" },
];

function parse(pieces: string[]): ServerSentEvent[] {
  const parser = new EventParser();
  return pieces.flatMap((piece) => [...parser.push(piece)]);
}

describe("EventParser", () => {
  test("reads events, comments and both line ends", () => {
    expect(parse([kStream])).toEqual(kEvents);
  });

  test("gives the same events wherever the stream is cut", () => {
    for (let at = 0; at <= kStream.length; at++) {
      expect(parse([kStream.slice(0, at), kStream.slice(at)])).toEqual(kEvents);
    }
    expect(parse([...kStream])).toEqual(kEvents);
  });

  test("never gives an event without its closing line", () => {
    expect(parse(["id: 3\ndata: torn\n"])).toEqual([]);
  });

  test("refuses an event without end", () => {
    const parser = new EventParser();
    const piece = "x".repeat(8 * 1024 * 1024);
    expect(() => {
      for (let count = 0; count < 5; count++) [...parser.push(piece)];
    }).toThrow(/larger than/);
  });
});
