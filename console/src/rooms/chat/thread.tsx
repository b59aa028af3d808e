import { type ReactNode, useRef } from "react";
import { Button } from "@/parts/ui/button";
import { Icon } from "@/parts/ui/icons";
import { type Conversation, isRunning, waitingCalls } from "./conversation";
import styles from "./chat.module.css";
import { PromptBubble, TurnView } from "./turn";
import { useStickToBottom } from "./use-stick-to-bottom";

interface ThreadProps {
  conversation: Conversation;
  harness: string;
  sessionId: string;
  pending: string | undefined;
  pendingNote: string;
  /** Shown after the last turn: what the reader owes. */
  after?: ReactNode;
  /** Shown while there is no turn. */
  children?: ReactNode;
}

/** The conversation, scrolled to its end as long as the reader is there. */
export function Thread({ conversation, harness, sessionId, pending, pendingNote, after, children }: ThreadProps) {
  const area = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const { isAtEnd, toEnd, onScroll } = useStickToBottom(area, content);
  const { turns } = conversation;
  return (
    <div className={styles.threadFrame}>
      <div ref={area} className={styles.thread} onScroll={onScroll} tabIndex={0} role="region" aria-label="Conversation">
        <div ref={content} className={styles.column}>
          {turns.map((turn) => (
            <TurnView key={turn.invocationId} turn={turn} harness={harness} sessionId={sessionId} />
          ))}
          {after}
          {pending !== undefined && pending !== "" && <PromptBubble text={pending} note={pendingNote} />}
          {turns.length === 0 && pending === undefined && children}
        </div>
      </div>
      {!isAtEnd && (
        <Button className={styles.toEnd} onClick={toEnd}>
          <Icon name="down" />
          Latest
        </Button>
      )}
      <Announcement conversation={conversation} />
    </div>
  );
}

/** What a reader who cannot see the thread is told: that work began and how it ended, not each word. */
function Announcement({ conversation }: { conversation: Conversation }) {
  const last = conversation.turns.at(-1);
  const [held] = waitingCalls(conversation);
  const working = held ? `Waiting for approval of ${held.name}` : "Working";
  const text = isRunning(conversation) ? working : last ? `Answer complete: ${last.finish?.stopReason.replaceAll("_", " ")}` : "";
  return (
    <div className="visually-hidden" role="status">
      {text}
    </div>
  );
}
