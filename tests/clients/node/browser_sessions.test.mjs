// Browser sessions, driven by Playwright over the automation stream.
import assert from "node:assert/strict";
import test from "node:test";
import {
  GetBrowserSessionCommand,
  InvokeBrowserCommand,
  StartBrowserSessionCommand,
  StopBrowserSessionCommand,
  UpdateBrowserStreamCommand,
  ValidationException,
} from "@aws-sdk/client-bedrock-agentcore";
import { chromium } from "playwright-core";
import { data } from "./soma.mjs";

const browserIdentifier = "aws.browser.v1";
const send = (Command, input) => data.send(new Command({ browserIdentifier, ...input }));
const html = (body) => `data:text/html,${encodeURIComponent(`<!doctype html><title>page</title>${body}`)}`;

async function started(t, input = {}) {
  const { sessionId, streams } = await send(StartBrowserSessionCommand, input);
  t.after(() => send(StopBrowserSessionCommand, { sessionId }));
  return { sessionId, endpoint: streams.automationStream.streamEndpoint };
}

test("Playwright drives the page that is there, and pages and contexts of its own", async (t) => {
  const { sessionId, endpoint } = await started(t, { viewPort: { width: 800, height: 600 } });
  // As the AgentCore SDK's clients do: the headers sign the request.
  const headers = { Authorization: "AWS4-HMAC-SHA256 Credential=local", "X-Amz-Date": "20260101T000000Z" };
  const browser = await chromium.connectOverCDP(endpoint, { headers });
  const [context] = browser.contexts();
  const [page] = context.pages();
  await page.goto(html(`<button onclick="document.title='pressed'">Press</button><input>`));
  assert.deepEqual(await page.evaluate(() => [innerWidth, innerHeight]), [800, 600]);
  await page.getByRole("button", { name: "Press" }).click();
  assert.equal(await page.title(), "pressed");
  await page.getByRole("textbox").fill("words");
  assert.equal(await page.getByRole("textbox").inputValue(), "words");
  assert.equal((await page.screenshot()).subarray(1, 4).toString(), "PNG");

  const second = await context.newPage();
  await second.goto(html("<p>second</p>"));
  assert.equal(await second.textContent("p"), "second");
  const [popup] = await Promise.all([second.waitForEvent("popup"), second.evaluate(() => void window.open("about:blank"))]);
  await popup.close();

  const other = await browser.newContext({ viewport: { width: 400, height: 300 } });
  const inside = await other.newPage();
  await inside.goto(html("<p>third</p>"));
  assert.equal(await inside.evaluate(() => innerWidth), 400);
  await other.close();

  // What was started goes on without this client.
  await browser.close();
  const { result } = await send(InvokeBrowserCommand, { sessionId, action: { screenshot: {} } });
  assert.equal(result.screenshot.status, "SUCCESS");
  const again = await chromium.connectOverCDP(endpoint);
  assert.ok(again.contexts()[0].pages().length >= 2);
  await again.close();
});

test("two clients drive one browser side by side", async (t) => {
  const { endpoint } = await started(t);
  const [one, other] = await Promise.all([chromium.connectOverCDP(endpoint), chromium.connectOverCDP(endpoint)]);
  await one.contexts()[0].pages()[0].goto(html("<p>shared</p>"));
  assert.equal(await other.contexts()[0].pages()[0].textContent("p"), "shared");
  await one.close();
  assert.equal(await other.contexts()[0].pages()[0].textContent("p"), "shared");
  await other.close();
});

test("a person takes over: automation is cut and let in again", async (t) => {
  const { sessionId, endpoint } = await started(t);
  const browser = await chromium.connectOverCDP(endpoint);
  const gone = new Promise((resolve) => browser.on("disconnected", resolve));
  const update = (streamStatus) =>
    send(UpdateBrowserStreamCommand, { sessionId, streamUpdate: { automationStreamUpdate: { streamStatus } } });
  await update("DISABLED");
  await gone;
  await assert.rejects(chromium.connectOverCDP(endpoint));
  const { streams } = await send(GetBrowserSessionCommand, { sessionId });
  assert.equal(streams.automationStream.streamStatus, "DISABLED");
  await update("ENABLED");
  await (await chromium.connectOverCDP(endpoint)).close();
});

test("what cannot be asked is an exception", async () => {
  await assert.rejects(send(StartBrowserSessionCommand, { sessionTimeoutSeconds: 28801 }), ValidationException);
});
