import { memo, useState } from "react";
import { Badge } from "@/parts/ui/badge";
import { Button } from "@/parts/ui/button";
import { classes } from "@/parts/ui/classes";
import { JsonBlock } from "@/parts/ui/code";
import { formatDateTime, formatDuration, formatInteger } from "@/parts/ui/format";
import { moveBetweenRows } from "@/parts/ui/move-between-rows";
import styles from "./session.module.css";
import type { TimelineGroup, TimelineRow } from "./timeline";
import { actorOf } from "./type-filter";

/** Rows are drawn from the newest group backwards until this many; older ones come when asked for. */
const kRowsAtFirst = 600;
/** Of many stream events that are one row, this many are shown as JSON. */
const kEventsShown = 100;
const kThinnestBarPercent = 0.6;

/** The journal, an invocation below the other, each on its own axis of time. */
export function TimelineView({ groups }: { groups: readonly TimelineGroup[] }) {
  const [limit, setLimit] = useState(kRowsAtFirst);
  const [open, setOpen] = useState<ReadonlySet<number>>(new Set());
  const toggle = (seq: number) => {
    const next = new Set(open);
    if (!next.delete(seq)) next.add(seq);
    setOpen(next);
  };
  const shown = newest(groups, limit);
  const hidden = countRows(groups) - countRows(shown);
  return (
    <div onKeyDown={moveBetweenRows}>
      {hidden > 0 && (
        <Button look="quiet" onClick={() => setLimit(limit + kRowsAtFirst)}>
          Show older ({formatInteger(hidden)} rows)
        </Button>
      )}
      {shown.map((group) => (
        <section key={group.key} className={styles.group} aria-label={nameOf(group)}>
          <GroupHead group={group} />
          <ol className={styles.rows}>
            {group.rows.map((row) => (
              <Row key={seqOf(row)} row={row} group={group} isOpen={open.has(seqOf(row))} onToggle={toggle} />
            ))}
          </ol>
        </section>
      ))}
    </div>
  );
}

function GroupHead({ group }: { group: TimelineGroup }) {
  const isRunning = group.invocation !== undefined && group.outcome === undefined;
  return (
    <div className={styles.groupHead}>
      <h2>{nameOf(group)}</h2>
      {isRunning && (
        <Badge tone="live" isWorking>
          Running
        </Badge>
      )}
      {group.outcome !== undefined && <Badge>{group.outcome}</Badge>}
      {group.invocation !== undefined && <span>{formatDuration(group.endMs - group.startMs)}</span>}
      <span>{formatDateTime(new Date(group.startMs).toISOString())}</span>
    </div>
  );
}

interface RowProps {
  row: TimelineRow;
  group: TimelineGroup;
  isOpen: boolean;
  onToggle: (seq: number) => void;
}

const Row = memo(DrawnRow, (before, after) => {
  const isSameAxis = before.group.startMs === after.group.startMs && before.group.endMs === after.group.endMs;
  const isSameRow = before.row.events.length === after.row.events.length && before.row.endMs === after.row.endMs;
  return isSameAxis && isSameRow && before.isOpen === after.isOpen && before.onToggle === after.onToggle;
});

function DrawnRow({ row, group, isOpen, onToggle }: RowProps) {
  const seq = seqOf(row);
  const last = row.events.at(-1)?.seq ?? seq;
  const values = row.events.slice(0, kEventsShown);
  return (
    <li className={styles.row} data-type={row.type} data-seq={seq}>
      <button
        type="button"
        className={classes(styles.line, styles[actorOf(row.type)])}
        aria-expanded={isOpen}
        onClick={() => onToggle(seq)}
      >
        <span className={styles.seq}>
          {seq}
          {last !== seq && <span>–{last}</span>}
        </span>
        <span className={styles.offset} title={row.events[0]?.at}>
          +{((row.startMs - group.startMs) / 1_000).toFixed(3)}
        </span>
        <span className={styles.type}>
          {row.type}
          {row.events.length > 1 && <span className={styles.count}> ×{row.events.length}</span>}
        </span>
        <span className={classes(styles.summary, row.isFailure && styles.failure)}>{row.summary}</span>
        <Bar row={row} group={group} />
      </button>
      {isOpen && (
        <div className={styles.body}>
          <JsonBlock value={values.length === 1 ? values[0] : values} label={`event ${seq}`} />
          {row.events.length > kEventsShown && (
            <p className={styles.faint}>The first {kEventsShown} of {row.events.length} events.</p>
          )}
        </div>
      )}
    </li>
  );
}

/** How long it took, at its place in the invocation's time. A moment is a tick. */
function Bar({ row, group }: { row: TimelineRow; group: TimelineGroup }) {
  const whole = Math.max(1, group.endMs - group.startMs);
  const end = row.endMs ?? (row.isOpen ? group.endMs : row.startMs);
  const width = Math.max(kThinnestBarPercent, ((end - row.startMs) / whole) * 100);
  const left = Math.min(((row.startMs - group.startMs) / whole) * 100, 100 - kThinnestBarPercent);
  const duration = row.endMs === undefined ? (row.isOpen ? "open" : "") : formatDuration(row.endMs - row.startMs);
  return (
    <span className={styles.track}>
      <span className={styles.axis}>
        <span
          className={classes(styles.bar, row.isOpen && styles.openBar)}
          style={{ left: `${left}%`, width: `${Math.min(width, 100 - left)}%` }}
        />
      </span>
      <span className={styles.duration}>{duration}</span>
    </span>
  );
}

function nameOf({ invocation }: TimelineGroup): string {
  return invocation === undefined ? "Session" : `Invocation ${invocation}`;
}

function seqOf(row: TimelineRow): number {
  return row.events[0]?.seq ?? 0;
}

function countRows(groups: readonly TimelineGroup[]): number {
  return groups.reduce((sum, group) => sum + group.rows.length, 0);
}

function newest(groups: readonly TimelineGroup[], limit: number): TimelineGroup[] {
  const kept: TimelineGroup[] = [];
  let room = limit;
  for (const group of groups.toReversed()) {
    if (room <= 0) break;
    kept.unshift(group.rows.length <= room ? group : { ...group, rows: group.rows.slice(-room) });
    room -= group.rows.length;
  }
  return kept;
}
