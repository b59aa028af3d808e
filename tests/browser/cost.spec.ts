import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createHarness, createScripted, expect, expectFinished, send, test } from "./fixtures";

const kPrices = {
  date: "2026-01-01",
  currency: "USD",
  models: [{ provider: "replay", modelId: "*", inputUsdPerMillion: 3, outputUsdPerMillion: 15, source: "a test" }],
};

test.describe("with prices", () => {
  test.use({ prices: kPrices });

  test("a session says what it cost: in the list, under the turn, in its journal", async ({ page, soma }) => {
    const calls = [{ name: "shell", input: { command: "echo spent" } }];
    const harness = await createScripted(soma, "spender", [{ calls }, { text: "Spent." }]);
    await page.goto(`${soma.url}/agents/${harness}`);
    await send(page, "Spend");
    await expectFinished(page);
    // Two calls of 1,000 tokens in and 200 out: twice $0.003 and $0.003.
    await expect(page.getByRole("article", { name: "Turn" }).getByText("$0.012", { exact: true })).toBeVisible();
    await expect(page.getByRole("navigation", { name: "Sessions" })).toContainText("2K in · 400 out · $0.012");
    await page.getByRole("link", { name: "Journal", exact: true }).click();
    const figure = (name: string) => page.locator("dl div", { hasText: name });
    await expect(figure("Cost").locator("strong")).toHaveText("$0.012");
    await expect(figure("Tokens")).toContainText("2,000 in · 400 out");
    await expect(page.locator('li[data-type="model.result"]').first()).toContainText("$0.0060, 1,000 in, 200 out");
    await expect(page.locator('li[data-type="invocation.finished"]')).toContainText("$0.012");
  });
});

/** A server that speaks Chat Completions and says `Hello.`; returns its address and how to stop it. */
async function startCompletions(): Promise<{ url: string; stop: () => void }> {
  const chunks = [
    { choices: [{ index: 0, delta: { role: "assistant", content: "Hello." }, finish_reason: null }] },
    { choices: [{ index: 0, delta: {}, finish_reason: "stop" }] },
    { choices: [], usage: { prompt_tokens: 30, completion_tokens: 4, total_tokens: 34, prompt_tokens_details: { cached_tokens: 20 } } },
  ];
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.end([...chunks.map((chunk) => JSON.stringify(chunk)), "[DONE]"].map((data) => `data: ${data}\n\n`).join(""));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/v1`, stop: () => server.close() };
}

test("a model without a price has no cost, which is said and is not nothing", async ({ page, soma }) => {
  const { url, stop } = await startCompletions();
  const model = { provider: "litellm", modelId: "nobody-knows-its-price", apiBase: url };
  const harness = await createHarness(soma, { harnessName: "stranger", model });
  await page.goto(`${soma.url}/agents/${harness}`);
  await send(page, "Hello?");
  await expectFinished(page);
  await expect(page.getByRole("article", { name: "Turn" })).toContainText("20 cached");
  await expect(page.getByRole("navigation", { name: "Sessions" })).toContainText("4 out · no price");
  await page.getByRole("link", { name: "Journal", exact: true }).click();
  await expect(page.locator("dl div", { hasText: "Cost" }).locator("strong")).toHaveText("no price");
  await expect(page.locator("dl div", { hasText: "Cache" }).locator("strong")).toHaveText("20");
  stop();
});
