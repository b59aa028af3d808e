// The Vercel AI SDK as a chat backend: `node ai_stream.mjs PLAN` prints the port on which each POST is answered
// by its text stream. PLAN: {"baseUrl"} of an OpenAI-compatible model.
import http from 'node:http';
import process from 'node:process';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { streamText } from 'ai';

const { baseUrl } = JSON.parse(process.argv[2]);
const model = createOpenAICompatible({ name: 'clock', baseURL: baseUrl, includeUsage: true })('clock');

const server = http.createServer((request, response) => {
  let body = '';
  request.on('data', (bytes) => (body += bytes));
  request.on('end', () => {
    const prompt = JSON.parse(body).messages[0].content[0].text;
    streamText({ model, prompt, maxRetries: 0 }).pipeTextStreamToResponse(response);
  });
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
