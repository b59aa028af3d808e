import { useState } from "react";
import type { ContentBlock, ToolUse } from "@/parts/api/types";
import { CallArguments } from "@/parts/approvals/call-arguments-view";
import { Badge } from "@/parts/ui/badge";
import { Button } from "@/parts/ui/button";
import { Icon } from "@/parts/ui/icons";
import { resultBlocks, type WrittenResult } from "./call-result";
import styles from "./owed-results.module.css";

interface OwedResultsProps {
  calls: readonly ToolUse[];
  isSending: boolean;
  onSend: (blocks: ContentBlock[]) => void;
}

/** The calls that the model left to its caller. Once each has its result they are sent together, as models want them. */
export function OwedResults({ calls, isSending, onSend }: OwedResultsProps) {
  const [written, setWritten] = useState<ReadonlyMap<string, WrittenResult>>(new Map());
  const keep = (toolUseId: string, result: WrittenResult | undefined) => {
    const next = new Map(written);
    if (result) next.set(toolUseId, result);
    else next.delete(toolUseId);
    setWritten(next);
    if (next.size === calls.length) onSend(resultBlocks(new Map(calls.map((call) => [call.toolUseId, next.get(call.toolUseId) as WrittenResult]))));
  };
  return (
    <section className={styles.owed} aria-label="Calls for you">
      <h2>{calls.length === 1 ? "The model asks you to run this call" : `The model asks you to run ${calls.length} calls`}</h2>
      {calls.map((call) => (
        <OwedCall
          key={call.toolUseId}
          call={call}
          kept={written.get(call.toolUseId)}
          isOnly={calls.length === 1}
          isSending={isSending}
          onKeep={(result) => keep(call.toolUseId, result)}
        />
      ))}
    </section>
  );
}

interface OwedCallProps {
  call: ToolUse;
  kept: WrittenResult | undefined;
  isOnly: boolean;
  isSending: boolean;
  onKeep: (result: WrittenResult | undefined) => void;
}

function OwedCall({ call, kept, isOnly, isSending, onKeep }: OwedCallProps) {
  const [text, setText] = useState("");
  // A single call goes at once; one of several is ready until the others are.
  const isReady = kept !== undefined && !isOnly;
  const isBlocked = isSending || text.trim() === "";
  return (
    <div className={styles.call} data-call={call.toolUseId}>
      <div className={styles.head}>
        <Icon name="hand" width={14} height={14} className={styles.icon} />
        <h3>{call.name}</h3>
        {isReady && <Badge tone={kept.isError ? "warning" : "success"}>{kept.isError ? "Error ready" : "Result ready"}</Badge>}
      </div>
      <CallArguments input={call.input} />
      <textarea
        className={styles.text}
        rows={4}
        value={text}
        readOnly={isReady || isSending}
        onChange={(event) => setText(event.target.value)}
        placeholder="What it gave: JSON or text"
        aria-label={`Result of ${call.name}`}
      />
      <div className={styles.actions}>
        {isReady ? (
          <Button disabled={isSending} onClick={() => onKeep(undefined)}>
            Change
          </Button>
        ) : (
          <>
            <Button look="primary" disabled={isBlocked} onClick={() => onKeep({ text, isError: false })}>
              Send result
            </Button>
            <Button disabled={isBlocked} onClick={() => onKeep({ text, isError: true })}>
              Send as error
            </Button>
          </>
        )}
        {isSending && <span role="status">Sending…</span>}
      </div>
    </div>
  );
}
