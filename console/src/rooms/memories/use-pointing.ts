import { type RefObject, useEffect, useState } from "react";
import type { MemoryEvent } from "@/parts/api/types";
import type { HeldRecord } from "./formation";
import { eventOf } from "./selection";

export interface Pointing {
  /** The messages, or whole events, that are pointed at. */
  marked: ReadonlySet<string>;
  /** The record whose messages they are. */
  markedBy: string | undefined;
  /** What a screen reader is told of it. */
  said: string;
  pointAtSources: (sources: readonly string[], recordId?: string) => void;
  pointAtRecord: (recordId: string) => void;
  stopPointing: () => void;
}

interface Surroundings {
  root: RefObject<HTMLElement | null>;
  /** The event that the address points at. */
  first: string | undefined;
  /** What the filters leave, in the order in which it is shown. */
  events: readonly MemoryEvent[];
  records: readonly HeldRecord[];
  showAll: () => void;
  showColumn: (column: "short" | "long") => void;
  /** Draws a list at least down to this place. */
  onDeep: (count: number) => void;
}

interface Target {
  kind: "sources" | "record";
  ids: readonly string[];
  recordId?: string | undefined;
  /** Grows, so that the same target may be pointed at again. */
  turn: number;
}

const kNone: ReadonlySet<string> = new Set();

/** Shows where something is that another part of the page speaks of: brings it into view, past filters and limits. */
export function usePointing({ root, first, events, records, showAll, showColumn, onDeep }: Surroundings): Pointing {
  const [target, setTarget] = useState<Target | undefined>(first === undefined ? undefined : { kind: "sources", ids: [first], turn: 0 });
  const [reached, setReached] = useState(-1);
  const place = target === undefined ? -1 : placeOf(target, events, records);
  const hiddenByFilter = target !== undefined && place < 0;
  useEffect(() => {
    if (target === undefined || reached === target.turn || hiddenByFilter) return;
    onDeep(place + 1);
    // What is to be seen may be drawn only after this.
    const frame = requestAnimationFrame(() => {
      const found = root.current?.querySelector<HTMLElement>(target.ids.map((id) => `[data-${target.kind === "record" ? "record" : "source"}="${CSS.escape(id)}"]`).join(", "));
      if (!found) return;
      setReached(target.turn);
      found.scrollIntoView({ block: "nearest" });
      const isFocusLost = !(document.activeElement instanceof HTMLElement) || document.activeElement.offsetParent === null;
      if (target.kind === "record" || isFocusLost) found.focus({ preventScroll: true });
    });
    return () => cancelAnimationFrame(frame);
  }, [target, reached, hiddenByFilter, place, root, onDeep]);
  const point = (next: Omit<Target, "turn">) => {
    const wanted = { ...next, turn: (target?.turn ?? 0) + 1 };
    setTarget(wanted);
    showColumn(next.kind === "record" ? "long" : "short");
    if (placeOf(wanted, events, records) < 0) showAll();
  };
  const isSources = target?.kind === "sources";
  return {
    marked: isSources ? new Set(target.ids) : kNone,
    markedBy: isSources ? target.recordId : undefined,
    said: isSources && reached === target.turn ? (target.ids.length === 1 ? "1 message is marked" : `${target.ids.length} messages are marked`) : "",
    pointAtSources: (ids, recordId) => point({ kind: "sources", ids, recordId }),
    pointAtRecord: (recordId) => point({ kind: "record", ids: [recordId] }),
    stopPointing: () => setTarget(undefined),
  };
}

/** The deepest place that a target has in its list; -1 when some of it is not there. */
function placeOf({ kind, ids }: Pick<Target, "kind" | "ids">, events: readonly MemoryEvent[], records: readonly HeldRecord[]): number {
  const places = ids.map((id) =>
    kind === "record" ? records.findIndex(({ record }) => record.memoryRecordId === id) : events.findIndex(({ eventId }) => eventId === id || eventId === eventOf(id)),
  );
  return places.includes(-1) ? -1 : Math.max(...places);
}
