import type { SVGProps } from "react";

// One stroke weight, one 16-unit grid. Icons are decoration: the control that holds one has the name.
const kPaths = {
  sun: "M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM8 1.5V3M8 13v1.5M1.5 8H3M13 8h1.5M3.4 3.4l1 1M11.6 11.6l1 1M12.6 3.4l-1 1M4.4 11.6l-1 1",
  moon: "M13.5 9.6A5.8 5.8 0 0 1 6.4 2.5a5.8 5.8 0 1 0 7.1 7.1Z",
  system: "M2 3h12v8H2zM6 14h4M8 11v3",
  send: "M8 13.5v-11M3.5 7 8 2.5 12.5 7",
  stop: "M4.5 4.5h7v7h-7z",
  copy: "M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3",
  check: "M3 8.5 6.5 12 13 4.5",
  cross: "M4 4l8 8M12 4l-8 8",
  chevron: "M6 3.5 10.5 8 6 12.5",
  down: "M8 2.5v11M3.5 9 8 13.5 12.5 9",
  plus: "M8 3v10M3 8h10",
  minus: "M3 8h10",
  frame: "M2.5 5.5v-3h3M10.5 2.5h3v3M13.5 10.5v3h-3M5.5 13.5h-3v-3",
  play: "M5 3.5 12 8l-7 4.5z",
  list: "M2.5 4h11M2.5 8h11M2.5 12h7",
  journal: "M2.5 4h4M5 8h5M8 12h5.5",
  braces: "M6 2.5c-2 0-2 1-2 2.5s0 3-1.7 3C4 8 4 9.5 4 11s0 2.5 2 2.5M10 2.5c2 0 2 1 2 2.5s0 3 1.7 3C12 8 12 9.5 12 11s0 2.5-2 2.5",
  power: "M8 2v5.5M4.7 4.3a5 5 0 1 0 6.6 0",
  hand: "M5.5 8V3.8a1 1 0 0 1 2 0V7.5M7.5 7V2.8a1 1 0 0 1 2 0V7.5M9.5 7.5V3.8a1 1 0 0 1 2 0v5.7a4 4 0 0 1-4 4c-2 0-3-1-3.8-2.4L2.2 8.6a1 1 0 0 1 1.7-1L5.5 9.5",
  model: "M4.5 4.5h7v7h-7zM6.5 1.8v2.7M9.5 1.8v2.7M6.5 11.5v2.7M9.5 11.5v2.7M1.8 6.5h2.7M1.8 9.5h2.7M11.5 6.5h2.7M11.5 9.5h2.7",
  tool: "M9.5 6.5 3 13M13.5 5.3a3.3 3.3 0 0 1-4.6 3.5 3.3 3.3 0 0 1 2-6.3l-1.6 2.3 1.7 1.7z",
} as const;

export type IconName = keyof typeof kPaths;

export function Icon({ name, ...rest }: { name: IconName } & SVGProps<SVGSVGElement>) {
  return (
    <svg viewBox="0 0 16 16" width="16" height="16" fill="none" stroke="currentColor" strokeWidth="1.5" aria-hidden="true" {...rest}>
      <path d={kPaths[name]} strokeLinecap="round" strokeLinejoin="round" />
    </svg>
  );
}
