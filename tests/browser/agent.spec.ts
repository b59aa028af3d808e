import type { Page } from "@playwright/test";
import { expect, expectAccessible, expectFinished, expectPicture, send, Speech, test } from "./fixtures";

/** Sends an agent through a page of the site, with a picture on the way. */
async function browse(page: Page, url: string, siteUrl: string, agent: string): Promise<void> {
  await page.goto(`${url}/agents/${agent}`);
  await send(page, `Go to ${siteUrl}/catalogue.html, take a screenshot, then find the cheapest item`);
  await expectFinished(page);
}

test("shows the page it went to, a picture of it and the answer", async ({ page, soma, browserAgent }) => {
  await browse(page, soma.url, soma.siteUrl, browserAgent);
  const cards = page.locator("[data-tool=browser]");
  await expect(cards.first()).toHaveAttribute("data-state", "success");
  await expect(cards.first().getByRole("region", { name: "Output of browser" })).toContainText("Status: 200");
  await expectPicture(page.getByRole("button", { name: /^Enlarge/ }).locator("img"));
  await expect(page.locator("[data-step=done]").last()).toContainText("Salt Caramels");
});

test("a picture opens whole, and Escape gives the focus back", async ({ page, soma, browserAgent }) => {
  await browse(page, soma.url, soma.siteUrl, browserAgent);
  const thumbnail = page.getByRole("button", { name: /^Enlarge/ });
  await thumbnail.press("Enter");
  await expectPicture(page.getByRole("dialog").getByRole("img"));
  await expectAccessible(page);
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toBeHidden();
  await expect(thumbnail).toBeFocused();
});

test("fits a phone with its picture", async ({ page, soma, browserAgent }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  await browse(page, soma.url, soma.siteUrl, browserAgent);
  await expectPicture(page.getByRole("button", { name: /^Enlarge/ }).locator("img"));
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
});

test("an answer is shown while it is being said", async ({ page, soma }) => {
  const pieces = Array.from({ length: 60 }, (_, index) => `piece-${index + 1} `);
  const speech = await Speech.start(pieces, 30);
  await page.goto(`${soma.url}/agents/${await speech.createSpeaker(soma)}`);
  await send(page, "Speak");
  const saying = page.locator("[data-step=streaming]");
  await expect(saying).toContainText("piece-30");
  await expect(page.getByRole("article", { name: "Turn" }).getByText("Working", { exact: true })).toBeVisible();
  speech.goOn();
  await expectFinished(page);
  await expect(page.locator("[data-step=done]")).toHaveText(pieces.join("").trim());
  await expect(page.getByText("20 in · 60 out", { exact: true })).toBeVisible();
  await expect(page.getByText(/^\d+(\.\d)? m?s$/)).toBeVisible();
  speech.stop();
});
