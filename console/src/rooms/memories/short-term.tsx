import { memo, useState } from "react";
import type { MemoryEvent, MemoryPayload } from "@/parts/api/types";
import type { StreamPhase } from "@/parts/stream/live-stream";
import { Badge } from "@/parts/ui/badge";
import { Button } from "@/parts/ui/button";
import { classes } from "@/parts/ui/classes";
import { Skeleton } from "@/parts/ui/empty";
import { formatInteger } from "@/parts/ui/format";
import { Age } from "@/parts/ui/time";
import { LongText } from "./long-text";
import styles from "./memories.module.css";

/** So many are drawn at first, and so many more each time. */
const kEventsAtFirst = 100;

interface ShortTermProps {
  /** Newest first. */
  events: readonly MemoryEvent[];
  isFiltered: boolean;
  /** The messages, or whole events, that are pointed at. */
  marked: ReadonlySet<string>;
  /** At least so many must be drawn. */
  deepest: number;
  phase: StreamPhase;
}

/** What was said, as it is said. */
export function ShortTerm({ events, isFiltered, marked, deepest, phase }: ShortTermProps) {
  const [limit, setLimit] = useState(kEventsAtFirst);
  const shown = events.slice(0, Math.max(limit, deepest));
  const hidden = events.length - shown.length;
  return (
    <>
      <div className={styles.columnHead}>
        <h2>Short-term memory</h2>
        <Badge>{events.length === 1 ? "1 event" : `${formatInteger(events.length)} events`}</Badge>
      </div>
      <div className={styles.well} tabIndex={0} role="region" aria-label="Short-term memory" data-column="short">
        {events.length === 0 && phase === "connecting" && <Skeleton lines={4} />}
        {events.length === 0 && phase !== "connecting" && <p className={styles.nothing}>{isFiltered ? "No event is like this." : "Nothing was said yet."}</p>}
        <ol className={styles.list}>
          {shown.map((event) => (
            <EventCard key={event.change} event={event} marked={marksIn(event, marked)} />
          ))}
        </ol>
        {hidden > 0 && (
          <Button look="quiet" onClick={() => setLimit(shown.length + kEventsAtFirst)}>
            Show more ({formatInteger(hidden)} older)
          </Button>
        )}
      </div>
    </>
  );
}

/** The marks of one event, as a text that stays the same while they do. */
function marksIn({ eventId, payload = [] }: MemoryEvent, marked: ReadonlySet<string>): string {
  if (marked.size === 0) return "";
  const all = [eventId, ...payload.map((_, index) => `${eventId}/${index}`)];
  return all.filter((source) => marked.has(source)).join(" ");
}

const EventCard = memo(function EventCard({ event, marked }: { event: MemoryEvent; marked: string }) {
  const { eventId, actorId, sessionId, eventTimestamp, payload = [], branch, remember } = event;
  const marks = marked.split(" ");
  return (
    <li className={classes(styles.card, marks.includes(eventId) && styles.marked)} data-event={eventId} data-source={eventId} data-marked={marks.includes(eventId)} tabIndex={-1}>
      <div className={styles.meta}>
        <strong>{actorId}</strong>
        <span className={styles.session}>{sessionId}</span>
        {branch && <Badge>branch {branch.name}</Badge>}
        {!remember && <Badge>not for long-term memory</Badge>}
        <Age at={eventTimestamp} />
      </div>
      <ol className={styles.messages}>
        {payload.map((message, index) => {
          const source = `${eventId}/${index}`;
          const isMarked = marks.includes(source);
          return (
            <li key={index} className={classes(styles.message, isMarked && styles.marked)} data-source={source} data-marked={isMarked} tabIndex={-1}>
              <Message message={message} />
            </li>
          );
        })}
      </ol>
    </li>
  );
});

const kRoles = { USER: "User", ASSISTANT: "Assistant", TOOL: "Tool", OTHER: "Other" } as const;

function Message({ message: { conversational, json, blob } }: { message: MemoryPayload }) {
  if (conversational) {
    return (
      <>
        <span className={styles.role}>{kRoles[conversational.role]}</span>
        <LongText text={conversational.content.text} />
      </>
    );
  }
  return (
    <>
      <span className={styles.role}>{json ? "Document" : "Blob"}</span>
      <LongText text={JSON.stringify(json ? json.content : blob) ?? ""} isCode />
    </>
  );
}
