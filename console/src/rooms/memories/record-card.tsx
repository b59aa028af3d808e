import { useState } from "react";
import type { MemoryEvent, MemoryRecord, MemoryStrategy } from "@/parts/api/types";
import { Badge } from "@/parts/ui/badge";
import { Button } from "@/parts/ui/button";
import { classes } from "@/parts/ui/classes";
import { oneLine } from "@/parts/ui/format";
import { Age } from "@/parts/ui/time";
import { type HeldRecord, kGlowMs } from "./formation";
import styles from "./memories.module.css";
import { kindWord, RecordBody } from "./record-body";
import { parseRecord, type RecordText } from "./record-text";
import { eventOf } from "./selection";
import type { Pointing } from "./use-pointing";

const kNameChars = 60;

interface RecordCardProps {
  held: HeldRecord;
  /** Nothing of a record that a client wrote. */
  strategy: MemoryStrategy | undefined;
  /** All that are known, for what this one supersedes and is superseded by. */
  records: ReadonlyMap<string, HeldRecord>;
  eventsById: ReadonlyMap<string, MemoryEvent>;
  since: number;
  pointing: Pointing;
  onForget: (record: MemoryRecord) => void;
}

/** One thing that is remembered, where it is from, and what became of it. */
export function RecordCard({ held: { record, arrivedAtMs }, strategy, records, eventsById, since, pointing, onForget }: RecordCardProps) {
  const { memoryRecordId, content, supersedes, supersededBy, namespaces, timestamp } = record;
  // A card that is drawn again, after a filter was taken away, is not new again.
  const [isFresh] = useState(() => record.change > since && Date.now() - arrivedAtMs < kGlowMs);
  const body = parseRecord(content.text);
  const name = nameOf(body);
  return (
    <li
      className={classes(styles.card, isFresh && styles.fresh, supersededBy !== undefined && styles.superseded)}
      data-record={memoryRecordId}
      data-kind={body.kind}
      data-fresh={isFresh}
      data-superseded={supersededBy !== undefined}
      tabIndex={-1}
    >
      <div className={styles.meta}>
        <strong>{kindWord(body, strategy)}</strong>
        {strategy && <Badge>{strategy.name}</Badge>}
        {supersededBy !== undefined && <Badge tone="warning">Superseded</Badge>}
        <Age at={timestamp} />
      </div>
      <RecordBody body={body} />
      <div className={styles.actions}>
        <Sources record={record} eventsById={eventsById} pointing={pointing} name={name} />
        {supersededBy !== undefined && <OtherRecord word="Superseded by" id={supersededBy} records={records} pointing={pointing} />}
        {supersedes !== undefined && <OtherRecord word="Supersedes" id={supersedes} records={records} pointing={pointing} />}
        <code className={styles.namespace}>{namespaces[0]}</code>
        <Button look="quiet" aria-label={`Forget record: ${name}`} onClick={() => onForget(record)}>
          Forget
        </Button>
      </div>
    </li>
  );
}

function Sources({ record, eventsById, pointing, name }: { record: MemoryRecord; eventsById: ReadonlyMap<string, MemoryEvent>; pointing: Pointing; name: string }) {
  const sources = record.sources ?? [];
  if (sources.length === 0) return null;
  const there = sources.filter((source) => eventsById.has(eventOf(source)));
  const word = sources.length === 1 ? "1 source" : `${sources.length} sources`;
  if (there.length === 0) return <span className={styles.faint}>{word}, not here any more</span>;
  const isMarked = pointing.markedBy === record.memoryRecordId;
  const toggle = () => (isMarked ? pointing.stopPointing() : pointing.pointAtSources(there, record.memoryRecordId));
  return (
    <Button look="quiet" aria-pressed={isMarked} aria-label={`${word} of: ${name}`} className={styles.sources} onClick={toggle}>
      {word}
    </Button>
  );
}

function OtherRecord({ word, id, records, pointing }: { word: string; id: string; records: ReadonlyMap<string, HeldRecord>; pointing: Pointing }) {
  const other = records.get(id)?.record;
  if (!other) return <span className={styles.faint}>{word} a record that is not here</span>;
  const name = nameOf(parseRecord(other.content.text));
  return (
    <Button look="quiet" className={styles.other} onClick={() => pointing.pointAtRecord(id)}>
      <span>
        {word}: {name}
      </span>
    </Button>
  );
}

/** A record in a few words. */
export function nameOf(body: RecordText): string {
  switch (body.kind) {
    case "text":
      return oneLine(body.text, kNameChars);
    case "preference":
      return oneLine(body.preference, kNameChars);
    case "topics":
      return oneLine(body.topics.map(({ name }) => name).join(", "), kNameChars);
    case "episode":
      return oneLine(body.intent || body.situation, kNameChars);
    case "reflection":
      return oneLine(body.title, kNameChars);
  }
}
