import { useRef, useState } from "react";
import { ApiError } from "@/parts/api/client";
import type { ApprovalOutcome } from "@/parts/api/types";
import { type AskedCall, type Decision, useAnswerApproval } from "./queries";

/** What the row of buttons shows: the two buttons, the question whether to approve, or the field for a reason. */
export type ApprovalMode = "choosing" | "confirming" | "denying";

export interface ApprovalControl {
  mode: ApprovalMode;
  setMode: (mode: ApprovalMode) => void;
  answer: (decision: Decision) => void;
  isSending: boolean;
  /** How the server took the answer; nothing before there was one. */
  outcome: ApprovalOutcome | undefined;
  /** The server did not take it: somebody else was first, or the call has other arguments now, or it is gone. */
  conflict: ApiError | undefined;
  /** Anything else that went wrong; the answer can be given again. */
  error: Error | undefined;
}

const kNotTaken = [404, 409];

/** One approval in the reader's hands. However fast somebody presses, one answer is under way at a time. */
export function useApproval(call: AskedCall): ApprovalControl {
  const [mode, setMode] = useState<ApprovalMode>("choosing");
  const sending = useAnswerApproval(call);
  // Two presses may come before anything is drawn again: this is known at once.
  const isUnderWay = useRef(false);
  const answer = (decision: Decision) => {
    if (isUnderWay.current) return;
    isUnderWay.current = true;
    sending.mutate(decision, {
      onError: () => {
        isUnderWay.current = false;
        setMode("choosing");
      },
    });
  };
  const isNotTaken = sending.error instanceof ApiError && kNotTaken.includes(sending.error.status);
  return {
    mode,
    setMode,
    answer,
    isSending: sending.isPending,
    outcome: sending.data?.decision,
    conflict: isNotTaken ? (sending.error as ApiError) : undefined,
    error: isNotTaken ? undefined : (sending.error ?? undefined),
  };
}
