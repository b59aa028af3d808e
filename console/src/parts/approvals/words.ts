import type { ApprovalOutcome } from "@/parts/api/types";
import type { Tone } from "@/parts/ui/badge";

/** How an approval ended, as a word, and what that meant for the call. */
export const kOutcomeWords: Record<ApprovalOutcome, { word: string; tone: Tone; meaning: string }> = {
  approve: { word: "Approved", tone: "success", meaning: "The call runs, and the session goes on." },
  deny: { word: "Denied", tone: "danger", meaning: "The call does not run; the model is told so, and goes on." },
  expired: { word: "Expired", tone: "warning", meaning: "Nobody answered in time, which counts as denied." },
  cancelled: { word: "Cancelled", tone: "warning", meaning: "The invocation ended before there was an answer." },
};
