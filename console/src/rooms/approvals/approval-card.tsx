import { Link } from "@tanstack/react-router";
import { type KeyboardEvent, type RefObject, useEffect, useRef } from "react";
import { ApprovalAnswer, ApprovalOutcomeLine } from "@/parts/approvals/approval-answer";
import { CallArguments } from "@/parts/approvals/call-arguments-view";
import { useApproval } from "@/parts/approvals/use-approval";
import { WaitingTime } from "@/parts/approvals/waiting-time";
import { Badge } from "@/parts/ui/badge";
import { formatDateTime, sentence } from "@/parts/ui/format";
import { Icon } from "@/parts/ui/icons";
import styles from "./approvals-room.module.css";
import type { InboxEntry } from "./inbox";

/** One call that waits: who asks, for what exactly, why it is asked, and the answer. */
export function ApprovalCard({ approval, isPending }: InboxEntry) {
  const { approvalId, harnessId, harnessName, sessionId, tool, input, inputHash, rule, reason, requestedAt, expiresAt } = approval;
  const control = useApproval({ approvalId, harness: harnessId, sessionId, inputHash });
  const card = useRef<HTMLElement>(null);
  useKeptFocus(card, `${control.mode} ${control.outcome} ${isPending}`);
  const canAnswer = isPending && control.outcome === undefined && !control.isSending;
  const onKeyDown = (event: KeyboardEvent) => {
    if (!canAnswer || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target instanceof HTMLInputElement || !["a", "d"].includes(event.key)) return;
    event.preventDefault();
    control.setMode(event.key === "a" ? "confirming" : "denying");
  };
  return (
    <li>
      <article
        ref={card}
        className={styles.card}
        tabIndex={0}
        onKeyDown={onKeyDown}
        aria-label={`${tool} of ${harnessName}`}
        data-approval={approvalId}
        data-state={control.outcome ?? (isPending ? "pending" : "gone")}
      >
        <div className={styles.title}>
          <Icon name="tool" width={14} height={14} className={styles.icon} />
          <h2>{tool}</h2>
          <Link to="/agents/$harness/sessions/$sessionId" params={{ harness: harnessId, sessionId }}>
            {harnessName}
          </Link>
          <code className={styles.session}>{sessionId}</code>
        </div>
        {reason && <p>{sentence(reason)}</p>}
        <CallArguments key={inputHash} input={input} />
        <div className={styles.meta}>
          <span>
            asked by <code>{rule}</code>
          </span>
          {isPending && control.outcome === undefined ? (
            <WaitingTime requestedAt={requestedAt} expiresAt={expiresAt} />
          ) : (
            <span>{formatDateTime(requestedAt)}</span>
          )}
        </div>
        {isPending || control.outcome !== undefined ? (
          <ApprovalAnswer control={control} tool={tool} />
        ) : (
          <Gone expiresAt={expiresAt} reason={control.conflict?.message} />
        )}
      </article>
    </li>
  );
}

/** Somebody else answered, or nobody did in time. `reason`: what the server said to an answer that came too late. */
function Gone({ expiresAt, reason }: { expiresAt: string | undefined; reason: string | undefined }) {
  if (reason === undefined && expiresAt !== undefined && Date.parse(expiresAt) <= Date.now()) return <ApprovalOutcomeLine outcome="expired" />;
  return (
    <div className={styles.gone} role="status">
      <Badge tone="warning">Answered elsewhere</Badge>
      <span>{reason ?? "It does not wait any more; its session's journal says how it ended."}</span>
    </div>
  );
}

/** When what had the focus goes away with the card's old state, the card itself takes it: the keys go on from there. */
function useKeptFocus(card: RefObject<HTMLElement | null>, state: string): void {
  const had = useRef(false);
  useEffect(() => {
    if (had.current && document.activeElement === document.body) card.current?.focus();
    const keep = () => {
      had.current = card.current?.contains(document.activeElement) ?? false;
    };
    document.addEventListener("focusin", keep);
    return () => document.removeEventListener("focusin", keep);
  }, [card, state]);
}
