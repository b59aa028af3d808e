import { useCallback, useSyncExternalStore } from "react";
import { type RunSnapshot, RunStream } from "./run-stream";

/** How long a run is kept after the last room stopped looking: moving between chat and journal does not read it anew. */
const kLingerMs = 5_000;
/** A browser allows few connections to one host, over all its tabs: a tab that nobody sees gives its own back. */
const kHiddenGraceMs = 60_000;

const kNoRun: RunSnapshot = { events: [], phase: "connecting" };
const streams = new Map<string, RunStream>();

function streamOf(runId: string): RunStream {
  let stream = streams.get(runId);
  if (!stream) {
    stream = new RunStream(runId, {
      fetch: (input, init) => fetch(input, init),
      setTimeout: (run, ms) => setTimeout(run, ms),
      clearTimeout: (timer) => clearTimeout(timer),
    });
    streams.set(runId, stream);
  }
  return stream;
}

function look(runId: string, listener: () => void): () => void {
  const stream = streamOf(runId);
  const leave = stream.subscribe(listener);
  let hiddenTimer: ReturnType<typeof setTimeout> | undefined;
  const onVisibility = () => {
    clearTimeout(hiddenTimer);
    if (document.visibilityState === "visible") stream.start();
    else hiddenTimer = setTimeout(() => stream.stop(), kHiddenGraceMs);
  };
  const onOnline = () => stream.start();
  document.addEventListener("visibilitychange", onVisibility);
  window.addEventListener("online", onOnline);
  stream.start();
  return () => {
    leave();
    clearTimeout(hiddenTimer);
    document.removeEventListener("visibilitychange", onVisibility);
    window.removeEventListener("online", onOnline);
    setTimeout(() => forget(runId, stream), kLingerMs);
  };
}

function forget(runId: string, stream: RunStream): void {
  if (stream.hasListeners || streams.get(runId) !== stream) return;
  stream.stop();
  streams.delete(runId);
}

export interface Run extends RunSnapshot {
  /** Tries again at once, whatever the phase. */
  retry: () => void;
}

/** The journal of a run, history then live. With no run id yet it is empty and connecting. */
export function useRun(runId: string | undefined): Run {
  const subscribe = useCallback((listener: () => void) => (runId === undefined ? () => {} : look(runId, listener)), [runId]);
  const snapshot = useSyncExternalStore(subscribe, () => (runId === undefined ? kNoRun : streamOf(runId).snapshot));
  const retry = useCallback(() => runId !== undefined && streamOf(runId).start(), [runId]);
  return { ...snapshot, retry };
}
