import type { KeyboardEvent } from "react";

/** In a list whose rows open: the arrow keys go from row to row, Home and End to the ends. */
export function moveBetweenRows(event: KeyboardEvent<HTMLElement>): void {
  const rows = [...event.currentTarget.querySelectorAll<HTMLElement>("button[aria-expanded]")];
  const at = rows.indexOf(document.activeElement as HTMLElement);
  if (at < 0) return;
  const targets: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 };
  const target = rows[targets[event.key] ?? -1];
  if (!target) return;
  event.preventDefault();
  target.focus();
}
