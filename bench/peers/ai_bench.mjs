// The Vercel AI SDK on the scripted model: `node --expose-gc ai_bench.mjs PLAN`, one JSON line on stdout.
// PLAN: {"workspace", "loops", "turns", "sessions", "requests", "held"}; the same counts as soma gets.
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { stepCountIs, streamText, tool } from 'ai';
import { convertArrayToReadableStream, MockLanguageModelV3 } from 'ai/test';
import { z } from 'zod';

const WARM_SESSIONS = 50; // what they fill once is not a session's
const plan = JSON.parse(process.argv[2]);
const usage = {
  inputTokens: { total: 10, noCache: 10, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 5, text: 5, reasoning: 0 },
};
const finish = (unified) => ({ type: 'finish', finishReason: { unified, raw: unified }, usage });
const textTurn = [
  { type: 'text-start', id: '0' },
  { type: 'text-delta', id: '0', delta: 'Hello.' },
  { type: 'text-end', id: '0' },
  finish('stop'),
];
const toolTurn = (number) => [
  { type: 'tool-call', toolCallId: `use-${number}`, toolName: 'list', input: '{"path":"."}' },
  finish('tool-calls'),
];

// Answers at once: `tools` turns that list the workspace, then a text. Notes when it was asked.
function scripted(tools, asked) {
  let turn = 0;
  return new MockLanguageModelV3({
    doStream: async () => {
      asked.push(performance.now());
      const chunks = turn < tools ? toolTurn(turn) : textTurn;
      turn += 1;
      return { stream: convertArrayToReadableStream([{ type: 'stream-start', warnings: [] }, ...chunks]) };
    },
  });
}

const list = tool({
  description: 'List a directory of the workspace',
  inputSchema: z.object({ path: z.string() }),
  execute: async ({ path: below }) => (await readdir(path.join(plan.workspace, below))).join('\n'),
});

async function invoke(messages, tools, asked = []) {
  messages.push({ role: 'user', content: 'hi' });
  const stopWhen = stepCountIs(tools + 1);
  const result = streamText({ model: scripted(tools, asked), messages, tools: { list }, stopWhen });
  for await (const part of result.fullStream) if (part.type === 'error') throw part.error;
  messages.push(...(await result.response).messages);
}

function rssKb() {
  for (let i = 0; i < 4; i += 1) globalThis.gc();
  return process.memoryUsage().rss / 1024;
}

async function loops() {
  const turns = [];
  for (let loop = 0; loop < plan.loops; loop += 1) {
    const asked = [];
    await invoke([], plan.turns, asked);
    if (asked.length !== plan.turns + 1) throw new Error(`${asked.length} turns`);
    for (let i = 1; i < asked.length; i += 1) turns.push((asked[i] - asked[i - 1]) * 1000);
  }
  return turns;
}

async function invocations() {
  const times = [];
  for (let session = 0; session < plan.sessions; session += 1) {
    const messages = [];
    for (let request = 0; request < plan.requests; request += 1) {
      const begin = performance.now();
      await invoke(messages, 0);
      if (request > 0) times.push((performance.now() - begin) * 1000);
    }
  }
  return times;
}

await invoke([], 1);
const idleKb = rssKb();
for (let i = 0; i < WARM_SESSIONS; i += 1) await invoke([], 0);
const warmKb = rssKb();
const held = [];
for (let i = 0; i < plan.held; i += 1) {
  held.push([]);
  await invoke(held[i], 0);
}
const perSessionKb = plan.held ? (rssKb() - warmKb) / held.length : 0;
const turnUs = await loops();
const invocationUs = await invocations();
console.log(JSON.stringify({ turnUs, invocationUs, idleKb, perSessionKb }));
