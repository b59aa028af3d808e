import { expect, test } from "vitest";
import type { JournalEvent } from "@/parts/api/types";
import { type RunEvents, runSource } from "@/parts/run/run-source";
import { kFirstRetryMs, kLongestRetryMs, kSilenceLimitMs, LiveStream } from "./live-stream";

/** A server whose connections the test plays by hand, and a clock that moves only when told. */
class World {
  now = 0;
  requests: { path: string; lastId: string | undefined; at: number }[] = [];
  private timers: { at: number; run: () => void }[] = [];
  private connections: ReadableStreamDefaultController<Uint8Array>[] = [];
  status: number | "refuse" = 200;

  fetch = (async (input: RequestInfo | URL, init?: RequestInit) => {
    const headers = init?.headers as Record<string, string>;
    this.requests.push({ path: String(input), lastId: headers["last-event-id"], at: this.now });
    if (this.status === "refuse") throw new TypeError("refused");
    if (this.status !== 200) return new Response(JSON.stringify({ message: "no such run" }), { status: this.status });
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.connections.push(controller);
        init?.signal?.addEventListener("abort", () => controller.error(new Error("aborted")));
      },
    });
    return new Response(body);
  }) as typeof fetch;

  setTimeout = (run: () => void, ms: number) => {
    const timer = { at: this.now + ms, run };
    this.timers.push(timer);
    return timer;
  };

  clearTimeout = (timer: unknown) => {
    this.timers = this.timers.filter((other) => other !== timer);
  };

  async pass(ms: number): Promise<void> {
    const end = this.now + ms;
    for (;;) {
      await settle();
      const next = this.timers.filter(({ at }) => at <= end).toSorted((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.now = next.at;
      this.clearTimeout(next);
      next.run();
    }
    this.now = end;
    await settle();
  }

  async send(...seqs: number[]): Promise<void> {
    const text = seqs.map((seq) => `id: ${seq}\nevent: journal\ndata: ${JSON.stringify(eventOf(seq))}\n\n`).join("");
    this.connections.at(-1)?.enqueue(new TextEncoder().encode(text));
    await this.pass(100);
  }

  async hangUp(): Promise<void> {
    this.connections.at(-1)?.close();
    await settle();
  }
}

function eventOf(seq: number): JournalEvent {
  return { seq, at: "2026-01-01T00:00:00.000Z", type: "stream", body: [] };
}

/** Lets everything that waits for no timer happen. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}

async function started(): Promise<{ world: World; stream: LiveStream<RunEvents, JournalEvent>; seqs: () => number[] }> {
  const world = new World();
  const stream = new LiveStream(runSource("session/h/s"), world);
  stream.subscribe(() => {});
  stream.start();
  await settle();
  return { world, stream, seqs: () => stream.snapshot.events.map(({ seq }) => seq) };
}

test("shows history, then what comes live", async () => {
  const { world, stream, seqs } = await started();
  expect(world.requests[0]?.path).toBe("/api/runs/session%2Fh%2Fs/events?from=1");
  await world.send(1, 2);
  await world.send(3);
  expect(seqs()).toEqual([1, 2, 3]);
  expect(stream.snapshot.phase).toBe("live");
});

test("goes on after the last event when the connection is cut", async () => {
  const { world, stream, seqs } = await started();
  await world.send(1, 2, 3);
  await world.hangUp();
  expect(stream.snapshot.phase).toBe("reconnecting");
  await world.pass(kFirstRetryMs);
  expect(world.requests[1]).toMatchObject({ path: "/api/runs/session%2Fh%2Fs/events?from=4", lastId: "3" });
  await world.send(4);
  expect(seqs()).toEqual([1, 2, 3, 4]);
  expect(stream.snapshot.phase).toBe("live");
});

test("shows nothing twice when the server starts over", async () => {
  const { world, seqs } = await started();
  await world.send(1, 2);
  await world.hangUp();
  await world.pass(kFirstRetryMs);
  await world.send(1, 2, 3);
  expect(seqs()).toEqual([1, 2, 3]);
});

test("asks again when an event is missing", async () => {
  const { world, seqs } = await started();
  await world.send(1);
  await world.send(3);
  await world.pass(kFirstRetryMs);
  expect(seqs()).toEqual([1]);
  expect(world.requests.at(-1)?.lastId).toBe("1");
  await world.send(2, 3);
  expect(seqs()).toEqual([1, 2, 3]);
});

test("waits longer after each failure, up to a limit, and short again after a success", async () => {
  const { world } = await started();
  world.status = "refuse";
  await world.hangUp();
  await world.pass(20_000);
  const waits = world.requests.slice(1).map(({ at }, index) => at - (world.requests[index]?.at ?? 0));
  expect(waits.slice(0, 6)).toEqual([kFirstRetryMs, 500, 1_000, 2_000, kLongestRetryMs, kLongestRetryMs]);
  world.status = 200;
  await world.pass(kLongestRetryMs);
  const reconnected = world.requests.length;
  await world.hangUp();
  await world.pass(kFirstRetryMs);
  expect(world.requests).toHaveLength(reconnected + 1);
});

test("gives up a connection that has gone silent", async () => {
  const { world, stream } = await started();
  await world.send(1);
  await world.pass(kSilenceLimitMs);
  await world.pass(kFirstRetryMs);
  expect(world.requests.at(-1)?.lastId).toBe("1");
  expect(stream.snapshot.phase).toBe("live");
});

test("an answer that cannot change is not asked for again until retried", async () => {
  const world = new World();
  world.status = 404;
  const stream = new LiveStream(runSource("gone"), world);
  stream.start();
  await world.pass(60_000);
  expect(stream.snapshot).toMatchObject({ phase: "failed", error: "no such run" });
  expect(world.requests).toHaveLength(1);
  world.status = 200;
  stream.start();
  await world.send(1);
  expect(stream.snapshot).toMatchObject({ phase: "live", events: [{ seq: 1 }] });
});

test("stopped and started, it keeps what it has", async () => {
  const { world, stream, seqs } = await started();
  await world.send(1, 2);
  stream.stop();
  await world.pass(60_000);
  expect(world.requests).toHaveLength(1);
  stream.start();
  await settle();
  expect(world.requests.at(-1)?.lastId).toBe("2");
  await world.send(3);
  expect(seqs()).toEqual([1, 2, 3]);
});

test("retry does not wait", async () => {
  const { world, stream } = await started();
  world.status = "refuse";
  await world.hangUp();
  await world.pass(10_000);
  world.status = 200;
  const before = world.now;
  stream.start();
  await settle();
  expect(world.requests.at(-1)?.at).toBe(before);
  expect(stream.snapshot.phase).toBe("live");
});
