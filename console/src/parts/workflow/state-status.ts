import type { Tone } from "@/parts/ui/badge";
import type { ExecutionStatus } from "@/parts/api/types";

/** How a state of an execution stands. `caught`: it failed, and what its Catch names went on. */
export type StateStatus = "running" | "succeeded" | "failed" | "caught" | "aborted";

/** What the graph shows of a state: how it stands, how often it was entered, and how often it was tried again. */
export interface StateMark {
  status: StateStatus;
  visits: number;
  retries: number;
}

export const kStateTones: Record<StateStatus, Tone> = {
  running: "live",
  succeeded: "success",
  failed: "danger",
  caught: "warning",
  aborted: "neutral",
};

export const kExecutionStatuses: readonly ExecutionStatus[] = ["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"];

export const kExecutionTones: Record<ExecutionStatus, Tone> = {
  RUNNING: "live",
  SUCCEEDED: "success",
  FAILED: "danger",
  TIMED_OUT: "danger",
  ABORTED: "neutral",
};

export const kExecutionWords: Record<ExecutionStatus, string> = {
  RUNNING: "running",
  SUCCEEDED: "succeeded",
  FAILED: "failed",
  TIMED_OUT: "timed out",
  ABORTED: "aborted",
};
