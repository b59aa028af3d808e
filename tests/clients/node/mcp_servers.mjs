// MCP servers made with the official SDKs, on loopback: what a harness's remote_mcp tools talk to.
import { createServer } from "node:http";
import { randomUUID } from "node:crypto";
import { Readable } from "node:stream";
import { McpServer as LegacyServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import { createMcpHandler, McpServer as ModernServer } from "@modelcontextprotocol/server";
import { z } from "zod";

const pixel =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const text = (words) => ({ content: [{ type: "text", text: words }] });

// The same tools on both SDKs, whose registerTool differs in how it takes a schema.
function addTools(server, shape) {
  let counter = 0;
  const register = (name, description, input, run, annotations = {}) =>
    server.registerTool(name, { description, inputSchema: shape(input), annotations }, run);
  register("add", "Adds two numbers", { a: z.number(), b: z.number() }, ({ a, b }) => text(`${a + b}`), {
    readOnlyHint: true,
  });
  register("count", "Counts its calls", {}, () => text(`call ${++counter}`));
  register("picture", "A picture", {}, () => ({
    content: [{ type: "image", data: pixel, mimeType: "image/png" }],
  }));
  register("fail", "Always fails", {}, () => ({ isError: true, ...text("nothing to fail with") }));
  register("admin.reset", "Has a name that no model takes", {}, () => text("reset"));
  return server;
}

const listening = (server) =>
  new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server.address().port)));

async function serve(handle) {
  const requests = [];
  const server = createServer((request, response) => {
    requests.push({ method: request.method, headers: request.headers });
    handle(request, response).catch((error) => response.writeHead(500).end(String(error)));
  });
  const port = await listening(server);
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    requests,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

// The SDK of the versions before 2026-07-28: a session for each client, in this process's memory.
export async function legacyServer() {
  const sessions = new Map();
  const served = await serve(async (request, response) => {
    const id = request.headers["mcp-session-id"];
    let transport = sessions.get(id);
    if (id && !transport) {
      const error = { code: -32001, message: "Session not found" };
      response.writeHead(404, { "content-type": "application/json" });
      response.end(JSON.stringify({ jsonrpc: "2.0", id: null, error }));
      return;
    }
    if (!transport) {
      transport = new StreamableHTTPServerTransport({
        sessionIdGenerator: () => randomUUID(),
        onsessioninitialized: (made) => sessions.set(made, transport),
        onsessionclosed: (closed) => sessions.delete(closed),
      });
      await addTools(new LegacyServer({ name: "legacy", version: "1.0.0" }), (input) => input).connect(
        transport,
      );
    }
    await transport.handleRequest(request, response);
  });
  return { ...served, sessions, forget: () => sessions.clear() };
}

// The SDK of 2026-07-28, which answers older clients too.
export async function modernServer() {
  const handler = createMcpHandler(() =>
    addTools(new ModernServer({ name: "modern", version: "1.0.0" }), (input) => z.object(input)),
  );
  return serve(async (request, response) => {
    const body = request.method === "POST" ? Readable.toWeb(request) : undefined;
    const asked = new Request(`http://${request.headers.host}${request.url}`, {
      method: request.method,
      headers: request.headers,
      body,
      duplex: "half",
    });
    const answer = await handler.fetch(asked);
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    if (answer.body) Readable.fromWeb(answer.body).pipe(response);
    else response.end();
  });
}
