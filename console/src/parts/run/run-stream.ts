// Follows the journal of one run for as long as somebody looks at it.
//
// The journal's seq is dense from 1, which makes the promise simple: an event is taken only when its seq is the one after
// the last. A lower one was shown already and is dropped; a higher one means that something is missing, so the connection is
// given up and asked again from where we are. Whatever the server or the network does, no line is lost or repeated.
import type { JournalEvent } from "@/parts/api/types";
import { readServerSentEvents } from "./sse";

/** `failed` is for good (no such run, no permission) until `retry` is called; `reconnecting` goes on by itself. */
export type RunPhase = "connecting" | "live" | "reconnecting" | "failed";

export interface RunSnapshot {
  readonly events: readonly JournalEvent[];
  readonly phase: RunPhase;
  readonly error?: string;
}

/** The outside world, so that tests run without network or waiting. */
export interface RunStreamWorld {
  fetch: typeof fetch;
  setTimeout: (run: () => void, ms: number) => unknown;
  clearTimeout: (timer: never) => void;
}

export const kFirstRetryMs = 250;
export const kLongestRetryMs = 4_000;
/** The server writes a keep-alive every 15 s: silence of more than two of them is a dead connection. */
export const kSilenceLimitMs = 40_000;
/** New events are shown together at most this often, so that a fast stream does not redraw the page for each token. */
export const kFlushMs = 33;
export const kMaxHeldEvents = 250_000;

const kEmpty: RunSnapshot = { events: [], phase: "connecting" };

/** One run's follower. Connects with its first listener; `stop` ends it. Not to be used after `stop`. */
export class RunStream {
  private snapshot_: RunSnapshot = kEmpty;
  private arrived: JournalEvent[] = [];
  private lastSeq = 0;
  private retryMs = kFirstRetryMs;
  private flushTimer: unknown;
  private wake: (() => void) | undefined;
  private connection: AbortController | undefined;
  private isFollowing = false;
  private readonly listeners = new Set<() => void>();

  constructor(
    private readonly runId: string,
    private readonly world: RunStreamWorld,
  ) {}

  get snapshot(): RunSnapshot {
    return this.snapshot_;
  }

  get hasListeners(): boolean {
    return this.listeners.size > 0;
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Connects, or tries at once when it was waiting. Does nothing while it is connected. */
  start(): void {
    this.wake?.();
    if (this.isFollowing) return;
    this.isFollowing = true;
    void this.follow();
  }

  /** Disconnects and keeps what has arrived; `start` goes on from there. */
  stop(): void {
    this.isFollowing = false;
    this.connection?.abort();
    this.wake?.();
  }

  private async follow(): Promise<void> {
    const connection = new AbortController();
    this.connection = connection;
    const mine = () => this.isFollowing && this.connection === connection;
    while (mine()) {
      const failure = await this.connectOnce(connection.signal).catch(() => undefined);
      if (!mine()) break;
      this.flush();
      if (failure !== undefined) {
        this.isFollowing = false;
        this.publish({ phase: "failed", error: failure });
        break;
      }
      this.publish({ phase: "reconnecting" });
      await this.wait(this.retryMs);
      this.retryMs = Math.min(this.retryMs * 2, kLongestRetryMs);
    }
  }

  /** Follows until the connection ends. Returns why it must not be tried again, or nothing. */
  private async connectOnce(signal: AbortSignal): Promise<string | undefined> {
    const attempt = new AbortController();
    const abort = () => attempt.abort();
    signal.addEventListener("abort", abort);
    let watchdog: unknown;
    const hear = () => {
      this.world.clearTimeout(watchdog as never);
      watchdog = this.world.setTimeout(abort, kSilenceLimitMs);
    };
    try {
      hear();
      const response = await this.open(attempt.signal);
      if (response.status >= 400 && response.status < 500) return await reasonOf(response);
      if (!response.ok || !response.body) return undefined;
      this.retryMs = kFirstRetryMs;
      this.publish({ phase: "live" });
      for await (const { event, data } of readServerSentEvents(response.body, hear)) {
        if (event !== "journal") continue;
        if (!this.take(JSON.parse(data) as JournalEvent)) return undefined;
        if (this.lastSeq >= kMaxHeldEvents) return `The console shows the first ${kMaxHeldEvents} events of a run.`;
      }
      return undefined;
    } finally {
      this.world.clearTimeout(watchdog as never);
      signal.removeEventListener("abort", abort);
      attempt.abort();
    }
  }

  private open(signal: AbortSignal): Promise<Response> {
    const headers: Record<string, string> = { accept: "text/event-stream" };
    if (this.lastSeq > 0) headers["last-event-id"] = String(this.lastSeq);
    const path = `/api/runs/${encodeURIComponent(this.runId)}/events?from=${this.lastSeq + 1}`;
    return this.world.fetch(path, { headers, signal, cache: "no-store" });
  }

  /** Returns false when an event before this one is missing. */
  private take(event: JournalEvent): boolean {
    if (event.seq <= this.lastSeq) return true;
    if (event.seq > this.lastSeq + 1) return false;
    this.lastSeq = event.seq;
    this.arrived.push(event);
    this.flushTimer ??= this.world.setTimeout(() => this.flush(), kFlushMs);
    return true;
  }

  private flush(): void {
    this.flushTimer = undefined;
    if (this.arrived.length > 0) this.publish({});
  }

  private publish(change: Partial<RunSnapshot>): void {
    const events = this.arrived.length > 0 ? this.snapshot_.events.concat(this.arrived) : this.snapshot_.events;
    this.arrived = [];
    const phase = change.phase ?? this.snapshot_.phase;
    this.snapshot_ = change.error === undefined ? { events, phase } : { events, phase, error: change.error };
    for (const listener of this.listeners) listener();
  }

  private wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.world.setTimeout(() => this.wake?.(), ms);
      this.wake = () => {
        this.world.clearTimeout(timer as never);
        this.wake = undefined;
        resolve();
      };
    });
  }
}

async function reasonOf(response: Response): Promise<string> {
  const body = (await response.json().catch(() => ({}))) as { message?: string };
  return body.message ?? `The server answered ${response.status}.`;
}
