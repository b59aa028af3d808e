import type { Page } from "@playwright/test";
import { createSpeaker, expect, expectAccessible, expectFinished, expectFits, send, test } from "./fixtures";
import type { Soma } from "./soma";

const kPhone = { width: 360, height: 740 };

/** Goes through every room and calls `look` in each. */
async function tour(page: Page, soma: Soma, harness: string, look: () => Promise<void>): Promise<void> {
  await page.goto(soma.url);
  await expect(page.getByRole("link", { name: "tester" })).toBeVisible();
  await look();
  await page.getByRole("button", { name: "New harness" }).click();
  await expect(page.getByRole("dialog")).toBeVisible();
  await look();
  await page.goto(`${soma.url}/agents/${harness}`);
  await expect(page.getByRole("heading", { name: "A new session" })).toBeVisible();
  await look();
  await send(page, "Run `echo a-look; exit 3`");
  await expect(page.getByRole("region", { name: "Output of shell" })).toContainText("a-look");
  await expectFinished(page);
  await page.locator("[data-tool=shell] button").first().click();
  await look();
  await page.getByRole("link", { name: "Journal", exact: true }).click();
  await expect(page.getByRole("heading", { name: "Invocation 1" })).toBeVisible();
  await page.locator('li[data-type="tool.intent"] button').first().click();
  await look();
}

for (const colorScheme of ["light", "dark"] as const) {
  test(`every room is accessible in ${colorScheme}`, async ({ page, soma, harness }) => {
    await page.emulateMedia({ colorScheme });
    await tour(page, soma, harness, () => expectAccessible(page));
  });
}

/** Goes through what is seen when things go wrong and calls `look` at each. */
async function tourOfTroubles(page: Page, soma: Soma, complaints: string[], look: () => Promise<void>): Promise<void> {
  await page.goto(`${soma.url}/agents/nobody`);
  await expect(page.getByRole("heading", { name: /There is no harness/ })).toBeVisible();
  await look();
  await page.goto(soma.url);
  await page.getByRole("button", { name: "New harness" }).first().click();
  await page.getByRole("textbox", { name: "Harness configuration" }).fill("{");
  await page.getByRole("button", { name: "Create" }).click();
  await expect(page.getByRole("alert")).toContainText("Line 1.");
  await look();
  const refused = complaints.splice(0).filter((text) => !/status of 40[04]/.test(text));
  expect(refused).toEqual([]);
  const speaker = await createSpeaker(soma, ["Only one answer."], 1);
  await page.goto(`${soma.url}/agents/${speaker}`);
  await send(page, "Speak");
  await expectFinished(page);
  await send(page, "Speak again");
  await expect(page.getByRole("alert")).toContainText("this conversation has");
  await look();
  await soma.kill();
  await expect(page.getByText("Reconnecting…")).toBeVisible();
  await expect(page.getByText("Server unreachable")).toBeVisible();
  await look();
}

for (const colorScheme of ["light", "dark"] as const) {
  test(`what goes wrong is accessible in ${colorScheme}, on a phone`, async ({ page, soma, complaints }) => {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize(kPhone);
    await tourOfTroubles(page, soma, complaints, async () => {
      await expectAccessible(page);
      await expectFits(page);
    });
  });
}

test("every room fits a phone", async ({ page, soma, harness }) => {
  await page.setViewportSize(kPhone);
  await tour(page, soma, harness, () => expectFits(page));
});

test("on a phone the sessions are behind a button", async ({ page, soma, harness }) => {
  await page.setViewportSize(kPhone);
  await page.goto(`${soma.url}/agents/${harness}`);
  await send(page, "Run `echo from-a-phone`");
  await expectFinished(page);
  await page.getByRole("button", { name: "Sessions" }).click();
  const sheet = page.getByRole("dialog", { name: "Sessions" });
  await expect(sheet.getByRole("link", { name: /from-a-phone/ })).toBeVisible();
  await expectAccessible(page);
  await sheet.getByRole("link", { name: "New chat" }).click();
  await expect(sheet).toBeHidden();
  await expect(page.getByRole("heading", { name: "A new session" })).toBeVisible();
});

test("the theme follows the system until the reader chooses, and the choice stays", async ({ page, soma, harness }) => {
  const ground = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  await page.emulateMedia({ colorScheme: "light" });
  await page.goto(`${soma.url}/agents/${harness}`);
  const light = await ground();
  await page.emulateMedia({ colorScheme: "dark" });
  const dark = await ground();
  expect(dark).not.toBe(light);
  await page.getByRole("button", { name: "Theme: system. Change to light" }).click();
  expect(await ground()).toBe(light);
  await page.reload();
  await expect(page.getByRole("button", { name: "Theme: light. Change to dark" })).toBeVisible();
  expect(await ground()).toBe(light);
});
