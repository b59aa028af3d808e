import { createScripted, expect, expectFinished, send, test } from "./fixtures";

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

test("a model without a price has no cost, which is not nothing", async ({ page, soma }) => {
  const unpriced = { harnessName: "stranger", model: { provider: "openai", modelId: "nobody-knows-me" } };
  await soma.call("/harnesses", "POST", unpriced);
  await page.goto(`${soma.url}/agents/stranger`);
  await page.getByRole("button", { name: /^Model of the next turns/ }).click();
  await expect(page.getByRole("radio", { name: /the harness's own/ })).toBeChecked();
});
