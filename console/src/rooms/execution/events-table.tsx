import { useState } from "react";
import type { HistoryEvent } from "@/parts/api/types";
import { Button } from "@/parts/ui/button";
import { classes } from "@/parts/ui/classes";
import { JsonBlock } from "@/parts/ui/code";
import { formatInteger, oneLine } from "@/parts/ui/format";
import { moveBetweenRows } from "@/parts/ui/move-between-rows";
import styles from "./execution.module.css";
import { detailsOf, type History } from "./fold-history";

/** So many of the newest rows are drawn at first; older ones come when asked for. */
const kRowsAtFirst = 300;
const kSummaryChars = 160;

/** The history, event for event. */
export function EventsTable({ events, history }: { events: readonly HistoryEvent[]; history: History }) {
  const [limit, setLimit] = useState(kRowsAtFirst);
  const shown = events.slice(-limit);
  const hidden = events.length - shown.length;
  return (
    <section className={styles.section} aria-label="Events">
      <h2>{events.length === 1 ? "1 event" : `${formatInteger(events.length)} events`}</h2>
      {hidden > 0 && (
        <Button look="quiet" onClick={() => setLimit(limit + kRowsAtFirst)}>
          Show older ({formatInteger(hidden)} rows)
        </Button>
      )}
      <EventList events={shown} start={events[0]?.at ?? ""} stateOf={(event) => history.visitOf.get(event.id)?.name} />
    </section>
  );
}

interface EventListProps {
  events: readonly HistoryEvent[];
  /** The time that the rows count from. */
  start: string;
  /** The state that an event belongs to, where that is not said already. */
  stateOf?: (event: HistoryEvent) => string | undefined;
}

export function EventList({ events, start, stateOf }: EventListProps) {
  const [open, setOpen] = useState<ReadonlySet<number>>(new Set());
  const toggle = (id: number) => {
    const next = new Set(open);
    if (!next.delete(id)) next.add(id);
    setOpen(next);
  };
  return (
    <ol className={styles.rows} onKeyDown={moveBetweenRows}>
      {events.map((event) => (
        <li key={event.id} className={styles.row} data-event={event.type}>
          <button
            type="button"
            className={classes(styles.line, stateOf && styles.withState)}
            aria-expanded={open.has(event.id)}
            onClick={() => toggle(event.id)}
          >
            <span className={styles.number}>{event.id}</span>
            <span className={styles.offset} title={event.at}>
              +{((Date.parse(event.at) - Date.parse(start)) / 1_000).toFixed(3)}
            </span>
            <span className={classes(styles.type, /(Failed|TimedOut|Aborted)$/.test(event.type) && styles.failure)}>{event.type}</span>
            {stateOf && <span className={styles.of}>{stateOf(event)}</span>}
            <span className={styles.summary}>{summaryOf(event)}</span>
          </button>
          {open.has(event.id) && (
            <div className={styles.body}>
              <JsonBlock value={event} label={`event ${event.id}`} />
            </div>
          )}
        </li>
      ))}
    </ol>
  );
}

/** What an event says besides its state's name, on one line: the error, else the payload. */
function summaryOf(event: HistoryEvent): string {
  const details = detailsOf(event);
  const error = [details["error"], details["cause"]].filter((text) => typeof text === "string" && text !== "").join(": ");
  if (error !== "") return oneLine(error, kSummaryChars);
  for (const member of ["input", "output", "parameters", "resource"]) {
    const text = details[member];
    if (typeof text === "string") return oneLine(text, kSummaryChars);
  }
  if (typeof details["index"] === "number") return `item ${details["index"] + 1}`;
  if (typeof details["length"] === "number") return details["length"] === 1 ? "1 item" : `${formatInteger(details["length"])} items`;
  return typeof details["redriveCount"] === "number" ? `redrive ${details["redriveCount"]}` : "";
}
