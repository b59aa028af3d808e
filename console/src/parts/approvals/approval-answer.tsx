import { type FormEvent, type KeyboardEvent, useState } from "react";
import { Badge } from "@/parts/ui/badge";
import { Button } from "@/parts/ui/button";
import { sentence } from "@/parts/ui/format";
import { Icon } from "@/parts/ui/icons";
import { ErrorNotice, Notice } from "@/parts/ui/notice";
import styles from "./approvals.module.css";
import type { ApprovalControl } from "./use-approval";
import { kOutcomeWords } from "./words";

interface ApprovalAnswerProps {
  control: ApprovalControl;
  tool: string;
  /** True where this is what the view is about: its first button is then the primary one. */
  isMain?: boolean;
}

/** The buttons that answer an approval, and how the answer was taken. The row keeps its height in each state. */
export function ApprovalAnswer({ control, tool, isMain = false }: ApprovalAnswerProps) {
  const { mode, setMode, outcome, conflict, error } = control;
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Escape" || mode === "choosing") return;
    event.stopPropagation();
    setMode("choosing");
  };
  if (outcome !== undefined) return <ApprovalOutcomeLine outcome={outcome} />;
  return (
    <div className={styles.answer} onKeyDown={onKeyDown}>
      {conflict && (
        <Notice tone="warning" title="This answer was not taken.">
          {sentence([conflict.message, conflict.body.hint].filter(Boolean).join(". "))}
        </Notice>
      )}
      {error && <ErrorNotice error={error} />}
      <div className={styles.row}>
        {mode === "choosing" && <Choice control={control} tool={tool} isMain={isMain} />}
        {mode === "confirming" && <Confirmation control={control} tool={tool} />}
        {mode === "denying" && <Denial control={control} tool={tool} />}
      </div>
    </div>
  );
}

function Choice({ control, tool, isMain }: Required<ApprovalAnswerProps>) {
  const { answer, setMode, isSending } = control;
  return (
    <>
      <Button
        look={isMain ? "primary" : "plain"}
        disabled={isSending}
        onClick={() => answer({ decision: "approve" })}
        aria-label={`Approve ${tool}`}
      >
        <Icon name="check" />
        Approve
      </Button>
      <Button look="danger" disabled={isSending} onClick={() => setMode("denying")} aria-label={`Deny ${tool}`}>
        <Icon name="cross" />
        Deny
      </Button>
      {isSending && <span role="status">Sending…</span>}
    </>
  );
}

function Confirmation({ control, tool }: Omit<ApprovalAnswerProps, "isMain">) {
  const { answer, setMode, isSending } = control;
  return (
    <>
      <span className={styles.question}>Run this call?</span>
      <Button
        look="primary"
        autoFocus
        disabled={isSending}
        onClick={() => answer({ decision: "approve" })}
        aria-label={`Yes, approve ${tool}`}
      >
        {isSending ? "Sending…" : "Yes, approve"}
      </Button>
      <Button disabled={isSending} onClick={() => setMode("choosing")}>
        Not yet
      </Button>
    </>
  );
}

function Denial({ control, tool }: Omit<ApprovalAnswerProps, "isMain">) {
  const { answer, setMode, isSending } = control;
  const [reason, setReason] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    answer({ decision: "deny", reason: reason.trim() });
  };
  return (
    <form className={styles.denial} onSubmit={submit}>
      <input
        className={styles.reason}
        autoFocus
        value={reason}
        onChange={(event) => setReason(event.target.value)}
        placeholder="Why not? The model is told (optional)"
        aria-label={`Reason for denying ${tool}`}
      />
      <Button look="danger" type="submit" disabled={isSending}>
        {isSending ? "Sending…" : "Deny"}
      </Button>
      <Button disabled={isSending} onClick={() => setMode("choosing")}>
        Not yet
      </Button>
    </form>
  );
}

/** How an approval ended, in the place of its buttons. */
export function ApprovalOutcomeLine({ outcome }: { outcome: keyof typeof kOutcomeWords }) {
  const { word, tone, meaning } = kOutcomeWords[outcome];
  return (
    <div className={styles.row} role="status">
      <Badge tone={tone}>{word}</Badge>
      <span>{meaning}</span>
    </div>
  );
}
