import { Link } from "@tanstack/react-router";
import { Fold } from "@/parts/ui/fold";
import { Notice } from "@/parts/ui/notice";
import type { Keeping, MemoryFailure, Recollection } from "./conversation";
import styles from "./turn.module.css";

/** What memory did in a turn: what it told the model, what it kept, or why it could not. */
export function MemoryNote({ part }: { part: Recollection | Keeping | MemoryFailure }) {
  if (part.kind === "recollection") return <RecollectionView recollection={part} />;
  if (part.kind === "keeping") return <KeepingView keeping={part} />;
  const title = part.what === "recall" ? "Memory could not be asked." : "What was said could not be kept in memory.";
  return (
    <Notice tone="warning" title={title}>
      {part.error}
    </Notice>
  );
}

function RecollectionView({ recollection: { memoryId, actorId, text, records } }: { recollection: Recollection }) {
  if (text === "") return <div className={styles.note}>Nothing was recalled for {actorId}</div>;
  return (
    <Fold className={styles.reasoning} head={<span>Recalled for {actorId}{records > 0 && `: ${records === 1 ? "1 record" : `${records} records`}`}</span>}>
      <div className={styles.thought}>{text}</div>
      <div className={styles.thought}>
        <Link to="/memory/$memory" params={{ memory: memoryId }} search={{ actor: actorId }}>
          See this memory
        </Link>
      </div>
    </Fold>
  );
}

function KeepingView({ keeping: { actorId, eventId, messages, memoryId } }: { keeping: Keeping }) {
  const said = `${messages === 1 ? "1 message" : `${messages} messages`} of ${actorId}`;
  return (
    <div className={styles.note}>
      Kept in memory: {said},{" "}
      <Link to="/memory/$memory" params={{ memory: memoryId }} search={{ actor: actorId, event: eventId }}>
        the event
      </Link>
    </div>
  );
}
