import { ApprovalAnswer } from "@/parts/approvals/approval-answer";
import { CallArguments } from "@/parts/approvals/call-arguments-view";
import { useApproval } from "@/parts/approvals/use-approval";
import { WaitingTime } from "@/parts/approvals/waiting-time";
import { kOutcomeWords } from "@/parts/approvals/words";
import { sentence } from "@/parts/ui/format";
import type { CallApproval } from "./conversation";
import styles from "./tool-approval.module.css";

interface ToolApprovalProps {
  approval: CallApproval;
  tool: string;
  input: unknown;
  harness: string;
  sessionId: string;
}

/** A call that waits for the reader's yes, at its place in the conversation. */
export function ToolApproval({ approval, tool, input, harness, sessionId }: ToolApprovalProps) {
  const { approvalId, inputHash, rule, ruleReason, requestedAt, expiresAt } = approval;
  const control = useApproval({ approvalId, harness, sessionId, inputHash });
  return (
    <section className={styles.approval} aria-label={`Approval of ${tool}`} data-approval={approvalId} tabIndex={-1}>
      {ruleReason && <p>{sentence(ruleReason)}</p>}
      <CallArguments input={input} />
      <div className={styles.meta}>
        <span>
          asked by <code>{rule}</code>
        </span>
        {control.outcome === undefined && <WaitingTime requestedAt={requestedAt} expiresAt={expiresAt} />}
      </div>
      <ApprovalAnswer control={control} tool={tool} isMain />
    </section>
  );
}

/** How the approval of a call ended, on one line; nothing while it waits. */
export function ApprovalNote({ approval }: { approval: CallApproval | undefined }) {
  if (approval?.decision === undefined) return null;
  const { decision, by, reason } = approval;
  const who = by ? ` by ${by}` : "";
  return (
    <p className={styles.note}>
      {kOutcomeWords[decision].word}
      {who}
      {reason ? `: ${sentence(reason)}` : ""}
    </p>
  );
}
