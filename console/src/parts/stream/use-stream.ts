import { useCallback, useSyncExternalStore } from "react";
import { LiveStream, type StreamSnapshot, type StreamSource } from "./live-stream";

/** How long a stream is kept after the last room stopped looking: moving between chat and journal does not read it anew. */
const kLingerMs = 5_000;
/** A browser allows few connections to one host, over all its tabs: a tab that nobody sees gives its own back. */
const kHiddenGraceMs = 60_000;

const kWorld = {
  fetch: (input: RequestInfo | URL, init?: RequestInit) => fetch(input, init),
  setTimeout: (run: () => void, ms: number) => setTimeout(run, ms),
  clearTimeout: (timer: number) => clearTimeout(timer),
};

export type Followed<Known> = StreamSnapshot<Known> & {
  /** Tries again at once, whatever the phase. */
  retry: () => void;
};

/**
 * A hook that follows what `sourceOf` makes of a key. All who look at the same key share one connection. Without a key what is
 * known is `nothing`, and connecting. To be called once, outside of components.
 */
export function createStreamHook<Known extends object, Item>(
  sourceOf: (key: string) => StreamSource<Known, Item>,
  nothing: Known,
): (key: string | undefined) => Followed<Known> {
  const streams = new Map<string, LiveStream<Known, Item>>();
  const none: StreamSnapshot<Known> = { ...nothing, phase: "connecting" };

  function streamOf(key: string): LiveStream<Known, Item> {
    let stream = streams.get(key);
    if (!stream) {
      stream = new LiveStream(sourceOf(key), kWorld);
      streams.set(key, stream);
    }
    return stream;
  }

  function forget(key: string, stream: LiveStream<Known, Item>): void {
    if (stream.hasListeners || streams.get(key) !== stream) return;
    stream.stop();
    streams.delete(key);
  }

  function look(key: string, listener: () => void): () => void {
    const stream = streamOf(key);
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
      setTimeout(() => forget(key, stream), kLingerMs);
    };
  }

  return function useStream(key) {
    const subscribe = useCallback((listener: () => void) => (key === undefined ? () => {} : look(key, listener)), [key]);
    const snapshot = useSyncExternalStore(subscribe, () => (key === undefined ? none : streamOf(key).snapshot));
    const retry = useCallback(() => key !== undefined && streamOf(key).start(), [key]);
    return { ...snapshot, retry };
  };
}
