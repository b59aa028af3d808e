// The server names line and column of what is wrong in a configuration; here its message becomes marks in the editor.

/** Lines count from 1. */
export interface Fault {
  line: number;
  message: string;
}

// `line 4:3: /toolz …` for what a configuration may not say, `request body:4:3: …` for what is no JSON.
const kPlace = /\b(?:line |request body:)(\d+):\d+: /g;

/** The faults that a message names, in its order; none when it names no line. */
export function locateFaults(message: string): Fault[] {
  const places = [...message.matchAll(kPlace)];
  return places.map((place, index) => {
    const end = places[index + 1]?.index ?? message.length;
    const said = message.slice(place.index + place[0].length, end);
    return { line: Number(place[1]), message: said.replace(/;\s*$/, "") };
  });
}
