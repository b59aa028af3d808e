import { useState } from "react";
import type { Memory, MemoryEvent, MemoryRecord } from "@/parts/api/types";
import { Badge } from "@/parts/ui/badge";
import { Button } from "@/parts/ui/button";
import { Skeleton } from "@/parts/ui/empty";
import { formatInteger } from "@/parts/ui/format";
import type { Followed } from "@/parts/stream/use-stream";
import { ForgetRecordDialog } from "./forget-record-dialog";
import type { Formation, HeldRecord } from "./formation";
import styles from "./memories.module.css";
import { RecordCard } from "./record-card";
import type { Pointing } from "./use-pointing";

/** So many are drawn at first, and so many more each time. */
const kRecordsAtFirst = 100;

interface LongTermProps {
  memory: Memory;
  /** Newest first. */
  records: readonly HeldRecord[];
  held: Followed<Formation>;
  eventsById: ReadonlyMap<string, MemoryEvent>;
  isFiltered: boolean;
  /** What came after this change is new to the reader. */
  since: number;
  pointing: Pointing;
  /** At least so many must be drawn. */
  deepest: number;
  onForgotten: () => void;
}

/** What is remembered, as it forms. */
export function LongTerm({ memory, records, held, eventsById, isFiltered, since, pointing, deepest, onForgotten }: LongTermProps) {
  const [limit, setLimit] = useState(kRecordsAtFirst);
  const [forgetting, setForgetting] = useState<MemoryRecord>();
  const shown = records.slice(0, Math.max(limit, deepest));
  const hidden = records.length - shown.length;
  const nothing = isFiltered ? "No record is like this." : memory.strategies.length === 0 ? "This memory has no strategy: nothing is made of what is said." : "Nothing is remembered yet.";
  return (
    <>
      <div className={styles.columnHead}>
        <h2>Long-term memory</h2>
        <Badge>{records.length === 1 ? "1 record" : `${formatInteger(records.length)} records`}</Badge>
      </div>
      <div className={styles.well} tabIndex={0} role="region" aria-label="Long-term memory" data-column="long">
        {records.length === 0 && held.phase === "connecting" && <Skeleton lines={4} />}
        {records.length === 0 && held.phase !== "connecting" && <p className={styles.nothing}>{nothing}</p>}
        <ol className={styles.list}>
          {shown.map((each) => (
            <RecordCard
              key={each.record.memoryRecordId}
              held={each}
              strategy={memory.strategies.find(({ strategyId }) => strategyId === each.record.memoryStrategyId)}
              records={held.records}
              eventsById={eventsById}
              since={since}
              pointing={pointing}
              onForget={setForgetting}
            />
          ))}
        </ol>
        {hidden > 0 && (
          <Button look="quiet" onClick={() => setLimit(shown.length + kRecordsAtFirst)}>
            Show more ({formatInteger(hidden)} older)
          </Button>
        )}
      </div>
      <ForgetRecordDialog memoryId={memory.id} record={forgetting} onClose={() => setForgetting(undefined)} onForgotten={onForgotten} />
    </>
  );
}
