import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { pathOf, request } from "@/parts/api/client";
import type { AnsweredApproval, Approval, ApprovalDecision } from "@/parts/api/types";

const kPollMs = 2_000;
/** Under this name the journal has what is answered here. */
const kAnsweredBy = "console";

/** The calls that wait, of all sessions. Asked again and again while the tab is seen: the bar shows how many there are. */
export const approvalsQuery = queryOptions({
  queryKey: ["approvals"],
  queryFn: async ({ signal }) => (await request<{ approvals: Approval[] }>("/api/approvals", { signal })).approvals,
  refetchInterval: kPollMs,
});

/** What an answer is about: the call, and the arguments as they were shown. */
export interface AskedCall {
  approvalId: string;
  harness: string;
  sessionId: string;
  inputHash: string;
}

export type Decision = Pick<ApprovalDecision, "decision" | "reason">;

/** Answers one approval for the arguments that were shown. Never repeated by itself: the reader sees each outcome. */
export function useAnswerApproval(call: AskedCall) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ decision, reason }: Decision) => {
      const path = pathOf(["api", "sessions", call.harness, call.sessionId, "approvals", call.approvalId]);
      const body: ApprovalDecision = { decision, inputHash: call.inputHash, by: kAnsweredBy, ...(reason ? { reason } : {}) };
      return (await request<{ approval: AnsweredApproval }>(path, { method: "POST", body: JSON.stringify(body) })).approval;
    },
    // The answer is shown at once; the list is read again meanwhile.
    onSettled: () => void client.invalidateQueries({ queryKey: approvalsQuery.queryKey }),
  });
}
