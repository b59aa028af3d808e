import { readFileSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Page } from "@playwright/test";
import { expect, expectFinished, send, startExecution, test } from "./fixtures";

const kMaxPictureBytes = 300_000;
const kOrders = new URL("../../examples/orders/", import.meta.url);
const kMachines = {
  PaymentProcessing: "payment-processing",
  PaymentCompensation: "payment-compensation",
  InventoryReservation: "inventory-reservation",
  FulfillmentSubmission: "fulfillment-submission",
  OrderOrchestrator: "order-orchestrator",
};

/** The example's functions, with their program's path as seen from anywhere. */
function ordersFunctions(): object {
  const path = fileURLToPath(new URL("functions/shop.py", kOrders));
  const text = readFileSync(new URL("workflow.json", kOrders), "utf8");
  return (JSON.parse(text.replaceAll("functions/shop.py", path)) as { functions: object }).functions;
}

async function take(page: Page, name: string): Promise<void> {
  const path = fileURLToPath(new URL(`../../docs/${name}`, import.meta.url));
  await page.screenshot({ path, animations: "disabled", caret: "hide" });
  expect((await stat(path)).size).toBeLessThan(kMaxPictureBytes);
}

test.use({ viewport: { width: 1400, height: 900 }, colorScheme: "light" });

test("the README's picture: a browser agent at work on a real site", async ({ page, soma, browserAgent }) => {
  const site = soma.siteUrl;
  const prompts = [
    `Go to ${site} and describe what you see`,
    `What time is the last ferry on ${site}/timetable.html?`,
    `Go to ${site}/catalogue.html, take a screenshot, then find the cheapest item`,
  ];
  for (const prompt of prompts) {
    await page.goto(`${soma.url}/agents/${browserAgent}`);
    await send(page, prompt);
    await expectFinished(page);
  }
  await expect(page.getByRole("navigation", { name: "Sessions" }).getByRole("listitem")).toHaveCount(prompts.length);
  const screenshot = page.getByRole("button", { name: /^Enlarge/ }).locator("img");
  await expect.poll(() => screenshot.evaluate((image: HTMLImageElement) => image.complete && image.naturalWidth)).toBeGreaterThan(0);
  await page.getByRole("textbox", { name: "Prompt" }).blur();
  await take(page, "console.png");
});

test.describe("workflows", () => {
  test.use({ functions: ordersFunctions() });

  test("the README's picture: an order that is out of stock, and its payment given back", async ({ page, soma }) => {
    for (const [name, file] of Object.entries(kMachines)) {
      const definition = await readFile(new URL(`workflows/${file}.asl.json`, kOrders), "utf8");
      await soma.call("/api/workflow/machines", "POST", { name, definition, publish: true });
      await soma.call(`/api/workflow/machines/${name}/aliases`, "POST", { name: "PROD", routes: [{ version: 1, weight: 100 }] });
    }
    const order: unknown = JSON.parse(await readFile(new URL("inputs/out-of-stock.json", kOrders), "utf8"));
    await startExecution(soma, "OrderOrchestrator:PROD", "order-100047", order);
    await page.goto(`${soma.url}/workflows/OrderOrchestrator/executions/order-100047`);
    await expect(page.locator('[data-state="Rejected"]')).toHaveAttribute("data-status", "succeeded");
    await page.locator('[data-state="GiveMoneyBack"]').getByRole("button").click();
    await expect(page.getByRole("region", { name: "state GiveMoneyBack" })).toBeVisible();
    await take(page, "workflow.png");
  });
});
