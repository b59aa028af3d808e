import { stat } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { expect, expectFinished, send, test } from "./fixtures";

const kPicture = fileURLToPath(new URL("../../docs/console.png", import.meta.url));
const kMaxPictureBytes = 300_000;

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
  await page.screenshot({ path: kPicture, animations: "disabled", caret: "hide" });
  expect((await stat(kPicture)).size).toBeLessThan(kMaxPictureBytes);
});
