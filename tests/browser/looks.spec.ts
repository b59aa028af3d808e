import type { Page } from "@playwright/test";
import { createMachine, createSpeaker, expect, expectAccessible, expectFinished, expectFits, send, startExecution, test } from "./fixtures";
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

const kCatch = [{ ErrorEquals: ["States.ALL"], Next: "Mend" }];

/** Makes a machine with each shape that a graph has, and two executions: `fails`, and `waits` on the alias `live`. */
async function createOrders(soma: Soma): Promise<void> {
  const branch = (name: string, state: object) => ({ StartAt: name, States: { [name]: state } });
  const each = { Type: "Map", ItemsPath: "$.items", ItemProcessor: branch("Item", { Type: "Pass", End: true }), End: true };
  const gone = { Type: "Task", Resource: "arn:aws:states:::lambda:invoke", Parameters: { FunctionName: "gone" }, Catch: kCatch, End: true };
  const waiting = { Type: "Wait", Seconds: 600, End: true };
  const branches = [branch("Each", each), { StartAt: "Gone", States: { Gone: gone, Mend: waiting } }];
  const isOpen = { Variable: "$.items", IsPresent: true, Next: "Both" };
  const states = {
    Check: { Type: "Choice", Choices: [isOpen], Default: "No" },
    Both: { Type: "Parallel", Branches: branches, End: true },
    No: { Type: "Fail" },
  };
  await createMachine(soma, "orders", states, { publish: true, versionDescription: "The first" });
  await soma.call("/api/workflow/machines/orders/aliases", "POST", { name: "live", routes: [{ version: 1, weight: 100 }] });
  await startExecution(soma, "orders", "fails", {});
  await startExecution(soma, "orders:live", "waits", { items: [1, 2] });
}

type Tour = (page: Page, soma: Soma, look: () => Promise<void>) => Promise<void>;

/** Goes through the pages of a machine and calls `look` at each. */
const tourOfMachine: Tour = async (page, soma, look) => {
  await page.goto(`${soma.url}/workflows`);
  await expect(page.getByRole("heading", { name: "No workflow yet" })).toBeVisible();
  await look();
  await createOrders(soma);
  await page.reload();
  await expect(page.getByRole("link", { name: "orders" })).toBeVisible();
  await look();
  await page.getByRole("link", { name: "orders" }).click();
  await expect(page.getByRole("button", { name: /^Check/ })).toBeVisible();
  await look();
  await page.getByRole("link", { name: "Versions & aliases" }).click();
  await expect(page.getByRole("row", { name: /The first/ })).toBeVisible();
  await look();
  await page.getByRole("button", { name: "Edit weights of live" }).click();
  await look();
  await page.keyboard.press("Escape");
  await page.getByRole("link", { name: "Editor" }).click();
  const editor = page.getByRole("textbox", { name: "Definition" });
  await editor.fill((await editor.inputValue()).replace('"Mend"', '"Nowhere"'));
  await expect(page.getByText("Not valid")).toBeVisible();
  await look();
};

/** Goes through the pages of executions and calls `look` at each. */
const tourOfExecutions: Tour = async (page, soma, look) => {
  await createOrders(soma);
  await page.goto(`${soma.url}/workflows/orders/executions`);
  await expect(page.getByRole("link", { name: "waits" })).toBeVisible();
  await look();
  await page.getByRole("button", { name: "Start" }).click();
  await expect(page.getByRole("dialog")).toBeVisible();
  await look();
  await page.keyboard.press("Escape");
  await page.getByRole("link", { name: "waits" }).click();
  await page.getByRole("button", { name: /^Gone.*caught/ }).click();
  await expect(page.getByRole("region", { name: "State Gone" })).toBeVisible();
  await page.locator("[data-event] > button").first().click();
  await look();
  await page.goto(`${soma.url}/workflows/orders/executions/fails`);
  await expect(page.getByRole("button", { name: /^No.*failed/ })).toBeVisible();
  await look();
};

const kTours: [string, Tour][] = [
  ["a workflow", tourOfMachine],
  ["executions", tourOfExecutions],
];

for (const [what, tourOf] of kTours) {
  for (const colorScheme of ["light", "dark"] as const) {
    test(`every page of ${what} is accessible in ${colorScheme}`, async ({ page, soma }) => {
      await page.emulateMedia({ colorScheme });
      await tourOf(page, soma, () => expectAccessible(page));
    });
  }
  test(`every page of ${what} fits a phone`, async ({ page, soma }) => {
    await page.setViewportSize(kPhone);
    await tourOf(page, soma, () => expectFits(page));
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
