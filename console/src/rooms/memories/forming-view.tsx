import { useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useMemo, useRef, useState } from "react";
import type { Memory } from "@/parts/api/types";
import { Button } from "@/parts/ui/button";
import { classes } from "@/parts/ui/classes";
import { Notice } from "@/parts/ui/notice";
import { Ask } from "./ask";
import { Filters } from "./filters";
import { newestFirst } from "./formation";
import { LongTerm } from "./long-term";
import styles from "./memories.module.css";
import { type Selection, showsEvent, showsRecord } from "./selection";
import { ShortTerm } from "./short-term";
import { type Forming } from "./use-formation";
import { usePointing } from "./use-pointing";

const kColumns = { short: "Short-term", long: "Long-term" } as const;
type Column = keyof typeof kColumns;

/** What was said on the left, what is remembered of it on the right; on a phone one of the two. */
export function FormingView({ memory, forming }: { memory: Memory; forming: Forming }) {
  const { stream, since, showOlder } = forming;
  const { actor, session, strategy, event } = useSearch({ strict: false });
  const selection: Selection = { actor, session, strategy };
  const [column, setColumn] = useState<Column>("long");
  const [deepest, setDeepest] = useState(0);
  const root = useRef<HTMLDivElement>(null);
  const navigate = useNavigate();
  const eventsById = useMemo(() => new Map(stream.events.map((each) => [each.eventId, each])), [stream.events]);
  const events = useMemo(() => stream.events.filter((each) => showsEvent({ actor, session }, each)).reverse(), [stream.events, actor, session]);
  const records = useMemo(
    () => newestFirst(stream.records.values()).filter(({ record }) => showsRecord({ actor, session, strategy }, record, eventsById)),
    [stream.records, eventsById, actor, session, strategy],
  );
  const showAll = () => void navigate({ to: ".", search: {}, replace: true });
  const pointing = usePointing({ root, first: event, events, records, showAll, showColumn: setColumn, onDeep: setDeepest });
  const counts = { short: events.length, long: records.length };
  useFocusAfterForgetting(root, forming.reading);
  return (
    <div className={styles.forming} ref={root}>
      <Ask memory={memory} events={stream.events} actor={actor} pointing={pointing} />
      <Filters memory={memory} events={stream.events} selection={selection} />
      {showOlder && (
        <Notice title="Only what happened last is shown." action={<Button onClick={showOlder}>Show older</Button>}>
          This memory is large: what happened before is read when you ask for it.
        </Notice>
      )}
      <div className={styles.choice} role="group" aria-label="Column">
        {(Object.keys(kColumns) as Column[]).map((each) => (
          <button key={each} type="button" aria-pressed={column === each} onClick={() => setColumn(each)}>
            {kColumns[each]} <span>{counts[each]}</span>
          </button>
        ))}
      </div>
      <p className="visually-hidden" role="status">
        {pointing.said}
      </p>
      <div className={styles.columns}>
        <div className={classes(styles.column, column !== "short" && styles.behind)}>
          <ShortTerm events={events} isFiltered={(actor ?? session) !== undefined} marked={pointing.marked} deepest={deepest} phase={stream.phase} />
        </div>
        <div className={classes(styles.column, column !== "long" && styles.behind)}>
          <LongTerm
            memory={memory}
            records={records}
            held={stream}
            eventsById={eventsById}
            isFiltered={(actor ?? session ?? strategy) !== undefined}
            since={since}
            pointing={pointing}
            deepest={deepest}
            onForgotten={forming.readAgain}
          />
        </div>
      </div>
    </div>
  );
}

/** The record that had the focus is gone: the column that it was in takes it. */
function useFocusAfterForgetting(root: React.RefObject<HTMLElement | null>, reading: number): void {
  const before = useRef(reading);
  useEffect(() => {
    if (before.current === reading) return;
    before.current = reading;
    if (document.activeElement === document.body) root.current?.querySelector<HTMLElement>("[data-column=long]")?.focus();
  }, [root, reading]);
}
