// Follows something that grows on the server for as long as somebody looks at it: a run's journal, a memory.
//
// Each event has a position, and is taken only when it comes after the last one. A lower one was shown already and is
// dropped. Where positions are dense, one that is skipped means that something is missing, so the connection is given up and
// asked again from where we are. Whatever the server or the network does, nothing is lost or repeated.
import { readServerSentEvents, type ServerSentEvent } from "./sse";

/** `failed` is for good (nothing there, no permission) until `retry` is called; `reconnecting` goes on by itself. */
export type StreamPhase = "connecting" | "live" | "reconnecting" | "failed";

/** What is known, and how it stands with the connection. */
export type StreamSnapshot<Known> = Known & { readonly phase: StreamPhase; readonly error?: string };

/** What is followed. `Known` is what is known of it, `Item` what one event brings. */
export interface StreamSource<Known, Item> {
  /** What is known before anything came. */
  readonly nothing: Known;
  /** The position before the first event that is wanted. */
  readonly start: number;
  /** Whether each position is the one after the one before. */
  readonly isDense: boolean;
  /** The address of what comes after a position. */
  pathAfter(position: number): string;
  /** What an event brings; nothing when it is of a kind that is not known here. */
  read(event: ServerSentEvent): { position: number; item: Item } | undefined;
  add(known: Known, items: readonly Item[]): Known;
  /** Why no more is taken after this position; nothing while more may come. */
  whyFull?(position: number): string | undefined;
}

/** The outside world, so that tests run without network or waiting. */
export interface StreamWorld {
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

/** One follower. Connects with `start`; `stop` ends it, and `start` goes on from there. */
export class LiveStream<Known extends object, Item> {
  private known: Known;
  private snapshot_: StreamSnapshot<Known>;
  private arrived: Item[] = [];
  private position: number;
  private retryMs = kFirstRetryMs;
  private flushTimer: unknown;
  private wake: (() => void) | undefined;
  private connection: AbortController | undefined;
  private isFollowing = false;
  private readonly listeners = new Set<() => void>();

  constructor(
    private readonly source: StreamSource<Known, Item>,
    private readonly world: StreamWorld,
  ) {
    this.known = source.nothing;
    this.position = source.start;
    this.snapshot_ = { ...this.known, phase: "connecting" };
  }

  get snapshot(): StreamSnapshot<Known> {
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
      for await (const event of readServerSentEvents(response.body, hear)) {
        if (!this.take(event)) return undefined;
        const full = this.source.whyFull?.(this.position);
        if (full !== undefined) return full;
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
    if (this.position > this.source.start) headers["last-event-id"] = String(this.position);
    return this.world.fetch(this.source.pathAfter(this.position), { headers, signal, cache: "no-store" });
  }

  /** Returns false when an event before this one is missing. */
  private take(event: ServerSentEvent): boolean {
    const read = this.source.read(event);
    if (!read || read.position <= this.position) return true;
    if (this.source.isDense && read.position > this.position + 1) return false;
    this.position = read.position;
    this.arrived.push(read.item);
    this.flushTimer ??= this.world.setTimeout(() => this.flush(), kFlushMs);
    return true;
  }

  private flush(): void {
    this.flushTimer = undefined;
    if (this.arrived.length > 0) this.publish({});
  }

  private publish(change: { phase?: StreamPhase; error?: string }): void {
    if (this.arrived.length > 0) this.known = this.source.add(this.known, this.arrived);
    this.arrived = [];
    const phase = change.phase ?? this.snapshot_.phase;
    this.snapshot_ = { ...this.known, phase, ...(change.error === undefined ? {} : { error: change.error }) };
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
