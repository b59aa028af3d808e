import { writeFile } from "node:fs/promises";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import AxeBuilder from "@axe-core/playwright";
import { test as base, expect, type Locator, type Page } from "@playwright/test";
import { Soma } from "./soma";

export { expect };

export interface Session {
  runId: string;
  sessionId: string;
  status: string;
}

/** One answer of a scripted model: what it says, then the tools that it calls. */
export interface ScriptedTurn {
  text?: string;
  calls?: { name: string; input: object }[];
}

interface Fixtures {
  /** What models cost, for a test that needs to know; the built-in table when there is none. */
  prices: object | undefined;
  /** The functions that tasks of workflows call. */
  functions: object | undefined;
  /** A fresh soma for each test. */
  soma: Soma;
  /** The id of a harness named `tester` on the built-in model. */
  harness: string;
  /** The id of a harness that drives a browser. */
  browserAgent: string;
  /**
   * What the page complained about in its console, warnings included. At the end of each test it must be empty; a test
   * that expects a complaint takes it out.
   */
  complaints: string[];
}

/** What Chromium notes by itself when a connection is refused or cut. */
const kConnectionLost = /net::ERR_(CONNECTION|INCOMPLETE_CHUNKED|EMPTY_RESPONSE|SOCKET)/;

export const test = base.extend<Fixtures>({
  prices: [undefined, { option: true }],
  functions: [undefined, { option: true }],
  soma: async ({ prices, functions }, use) => {
    const soma = await Soma.start({ prices, functions });
    await use(soma);
    await soma.remove();
  },
  harness: async ({ soma }, use) => use(await createHarness(soma, { harnessName: "tester", model: { provider: "reflex" } })),
  browserAgent: async ({ soma }, use) => {
    const tools = [{ type: "agentcore_browser", name: "browser" }];
    await use(await createHarness(soma, { harnessName: "browseragent", model: { provider: "reflex" }, tools }));
  },
  complaints: [
    async ({ page, soma }, use) => {
      const complaints: string[] = [];
      page.on("pageerror", (error) => complaints.push(String(error)));
      page.on("console", (message) => {
        if (["error", "warning"].includes(message.type())) complaints.push(message.text());
      });
      await use(complaints);
      expect(complaints.filter((text) => !(soma.wasKilled && kConnectionLost.test(text)))).toEqual([]);
    },
    { auto: true },
  ],
});

/** Makes a harness and returns its id. */
export async function createHarness(soma: Soma, configuration: object): Promise<string> {
  const { sandbox } = await soma.call<{ sandbox: { available: boolean } }>("/api/status");
  // A machine that cannot isolate still tests the console.
  const isolation = sandbox.available ? {} : { sandbox: "none" };
  const body = { ...configuration, ...isolation };
  const { harness } = await soma.call<{ harness: { harnessId: string } }>("/harnesses", "POST", body);
  return harness.harnessId;
}

/** Makes a harness whose model says these pieces, `pauseMs` apart, to every session's first prompt; returns its id. */
export async function createSpeaker(soma: Soma, pieces: string[], pauseMs: number): Promise<string> {
  const said = pieces.flatMap((text) => [{ contentBlockDelta: { contentBlockIndex: 0, delta: { text } } }, { wait: { ms: pauseMs } }]);
  const usage = { inputTokens: 20, outputTokens: pieces.length, totalTokens: 20 + pieces.length };
  const events = [
    { messageStart: { role: "assistant" } },
    ...said,
    { contentBlockStop: { contentBlockIndex: 0 } },
    { messageStop: { stopReason: "end_turn" } },
    { metadata: { usage, metrics: { latencyMs: 1 } } },
  ];
  const recording = join(soma.scratch, "speech.jsonl");
  await writeFile(recording, events.map((event) => `${JSON.stringify(event)}\n`).join(""));
  return createHarness(soma, { harnessName: "speaker", model: { provider: "replay", modelId: recording } });
}

/** A model's service in the test's hands, which says the same pieces to each request. */
export class Speech {
  private letOn: () => void = () => {};
  private readonly goesOn = new Promise<void>((resolve) => (this.letOn = resolve));

  private constructor(
    private readonly server: Server,
    private readonly pieces: string[],
    private readonly held: number,
  ) {}

  /** The first request hears `held` pieces, and the rest after `goOn`; one that is asked again hears all at once. */
  static async start(pieces: string[], held: number): Promise<Speech> {
    const server = createServer();
    const speech = new Speech(server, pieces, held);
    let requests = 0;
    server.on("request", (request, response) => {
      request.resume();
      void speech.speak(response, ++requests === 1);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return speech;
  }

  /** Makes a harness that speaks so; returns its id. */
  createSpeaker(soma: Soma): Promise<string> {
    const apiBase = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/v1`;
    return createHarness(soma, { harnessName: "speaker", model: { provider: "litellm", modelId: "held", apiBase } });
  }

  goOn(): void {
    this.letOn();
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  private async speak(response: ServerResponse, holds: boolean): Promise<void> {
    const usage = { prompt_tokens: 20, completion_tokens: this.pieces.length, total_tokens: 20 + this.pieces.length };
    const say = (data: string) => response.write(`data: ${data}\n\n`);
    const piece = (delta: object, finish_reason: string | null = null) => say(JSON.stringify({ choices: [{ index: 0, delta, finish_reason }] }));
    response.writeHead(200, { "content-type": "text/event-stream" });
    for (const content of this.pieces.slice(0, this.held)) piece({ role: "assistant", content });
    if (holds) await this.goesOn;
    for (const content of this.pieces.slice(this.held)) piece({ content });
    piece({}, "stop");
    say(JSON.stringify({ choices: [], usage }));
    say("[DONE]");
    response.end();
  }
}

const kScriptedUsage = { inputTokens: 1_000, outputTokens: 200, totalTokens: 1_200 };

/** Writes what a model says, turn for turn, and returns the file that the provider `replay` plays as its model id. */
export async function writeScript(soma: Soma, name: string, turns: ScriptedTurn[]): Promise<string> {
  const recording = join(soma.scratch, `${name}.jsonl`);
  const events = turns.flatMap(eventsOf);
  await writeFile(recording, events.map((event) => `${JSON.stringify(event)}\n`).join(""));
  return recording;
}

/** Makes a harness whose model says and calls what is written here; returns its id. Each turn uses 1,000 and 200 tokens. */
export async function createScripted(soma: Soma, harnessName: string, turns: ScriptedTurn[], more: object = {}): Promise<string> {
  const modelId = await writeScript(soma, harnessName, turns);
  return createHarness(soma, { harnessName, model: { provider: "replay", modelId }, ...more });
}

function eventsOf({ text, calls = [] }: ScriptedTurn, turn: number): object[] {
  const said = text === undefined ? [] : [{ delta: { text } }];
  const called = calls.map(({ name, input }, index) => ({
    start: { toolUse: { toolUseId: `call-${turn}-${index}`, name } },
    delta: { toolUse: { input: JSON.stringify(input) } },
  }));
  const blocks = [...said, ...called].flatMap((block, contentBlockIndex) => [
    ...("start" in block ? [{ contentBlockStart: { contentBlockIndex, start: block.start } }] : []),
    { contentBlockDelta: { contentBlockIndex, delta: block.delta } },
    { contentBlockStop: { contentBlockIndex } },
  ]);
  return [
    { messageStart: { role: "assistant" } },
    ...blocks,
    { messageStop: { stopReason: calls.length > 0 ? "tool_use" : "end_turn" } },
    { metadata: { usage: kScriptedUsage, metrics: { latencyMs: 1 } } },
  ];
}

/** Makes a state machine of these states, of which the first is where it starts. */
export async function createMachine(soma: Soma, name: string, states: Record<string, object>, more: object = {}): Promise<void> {
  const definition = JSON.stringify({ StartAt: Object.keys(states)[0], States: states }, null, 2);
  await soma.call("/api/workflow/machines", "POST", { name, definition, ...more });
}

/** Starts an execution on a machine, `greet`, or on a version or alias of it, `greet:live`. */
export async function startExecution(soma: Soma, target: string, name: string, input: unknown = {}): Promise<void> {
  await soma.call(`/api/workflow/machines/${target}/executions`, "POST", { name, input });
}

/** Makes an activity and returns its ARN: a task that waits until the test, as its worker, answers. */
export async function createActivity(soma: Soma, name: string): Promise<string> {
  const { activityArn } = await soma.callStepFunctions<{ activityArn: string }>("CreateActivity", { name });
  return activityArn;
}

/** Answers the next task of an activity. */
export async function answerActivity(soma: Soma, activityArn: string, output: unknown): Promise<void> {
  const { taskToken } = await soma.callStepFunctions<{ taskToken: string }>("GetActivityTask", { activityArn });
  await soma.callStepFunctions("SendTaskSuccess", { taskToken, output: JSON.stringify(output) });
}

/** Nothing makes the page wider than the window. */
export async function expectFits(page: Page): Promise<void> {
  const width = page.viewportSize()?.width ?? 0;
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
  expect(await page.locator("main").evaluate((main) => main.scrollWidth - main.clientWidth)).toBe(0);
}

/** The types of a session's events, in their order. */
export async function eventTypes(soma: Soma, runId: string): Promise<string[]> {
  const { events } = await soma.call<{ events: { type: string }[] }>(`/api/runs/${encodeURIComponent(runId)}/events`);
  return events.map(({ type }) => type);
}

/** Writes a prompt and sends it with the keyboard. */
export async function send(page: Page, prompt: string): Promise<void> {
  await page.getByRole("textbox", { name: "Prompt" }).fill(prompt);
  await page.keyboard.press("Enter");
}

/** The turn at `index` is over, and well. */
export async function expectFinished(page: Page, index = 0): Promise<void> {
  await expect(page.getByRole("article", { name: "Turn" }).nth(index).getByText("Finished", { exact: true })).toBeVisible({
    timeout: 90_000,
  });
}

/** The picture is loaded, and it is one: a page draws in more than a few colours. */
export async function expectPicture(image: Locator): Promise<void> {
  await expect(image).toBeVisible();
  await expect.poll(() => image.evaluate((element: HTMLImageElement) => element.complete && element.naturalWidth)).toBeGreaterThan(600);
  const colours = await image.evaluate((element: HTMLImageElement) => {
    const canvas = new OffscreenCanvas(element.naturalWidth, element.naturalHeight);
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context?.drawImage(element, 0, 0);
    const data = context?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
    return new Set(new Uint32Array(Uint8ClampedArray.from(data).buffer)).size;
  });
  expect(colours).toBeGreaterThan(16);
}

/** The page has no accessibility fault that axe can find. */
export async function expectAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const faults = violations.map(({ id, help, nodes }) => `${id}: ${help}\n  ${nodes.map((node) => node.html).join("\n  ")}`);
  expect(faults).toEqual([]);
}

/** The one session of a harness. */
export async function onlySession(soma: Soma, harness: string): Promise<Session> {
  const { sessions } = await soma.call<{ sessions: Session[] }>(`/api/sessions?harness=${harness}`);
  expect(sessions).toHaveLength(1);
  return sessions[0] as Session;
}

/** A command that prints, goes on only after `letGoOn`, and prints again: what is seen meanwhile does not hang on time. */
export const holding = (before: string, after: string): string => `${before}; until test -e go-on; do sleep 0.05; done; ${after}`;

/** Lets the command go on that holds in a harness's only session. */
export async function letGoOn(soma: Soma, harness: string): Promise<void> {
  const { sessionId } = await onlySession(soma, harness);
  await writeFile(join(soma.data, "sessions", harness, sessionId, "workspace", "go-on"), "");
}

/** The journal page shows each event of a run once, in order; it shows them as they come. */
export async function expectEachEventOnce(page: Page, soma: Soma, runId: string): Promise<void> {
  await expect(async () => {
    const { run } = await soma.call<{ run: { lastSeq: number } }>(`/api/runs/${encodeURIComponent(runId)}`);
    expect(await shownSeqs(page)).toEqual(Array.from({ length: run.lastSeq }, (_, index) => index + 1));
  }).toPass({ timeout: 60_000 });
}

/** The seqs that the journal page shows, each as often as it is shown. */
async function shownSeqs(page: Page): Promise<number[]> {
  const labels = await page.locator("li[data-seq] > button > span:first-child").allInnerTexts();
  return labels.flatMap((label) => {
    const [first = 0, last = first] = label.split("–").map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
}
