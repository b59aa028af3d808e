import { createStreamHook, type Followed } from "@/parts/stream/use-stream";
import { kNoEvents, type RunEvents, runSource } from "./run-source";

export type Run = Followed<RunEvents>;

/** The journal of a run, history then live. With no run id yet it is empty and connecting. */
export const useRun = createStreamHook(runSource, kNoEvents);
