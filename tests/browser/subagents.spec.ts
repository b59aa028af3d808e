import type { Page } from "@playwright/test";
import { createScripted, expect, expectAccessible, expectFinished, expectFits, send, test } from "./fixtures";
import type { Soma } from "./soma";

/** A harness that asks two others, of which one waits for an approval first; returns its id. */
async function createBoss(soma: Soma): Promise<string> {
  const call = { name: "shell", input: { command: "echo looked" } };
  await createScripted(soma, "researcher", [{ calls: [call] }, { text: "Under the stairs." }], { approvals: { default: "ask" } });
  await createScripted(soma, "critic", [{ text: "Very good." }]);
  const ask = (name: string) => ({ name, input: { prompt: `Work, ${name}` } });
  const turns = [{ text: "I ask both.", calls: [ask("researcher"), ask("critic")] }, { text: "They agree." }];
  const tools = ["researcher", "critic"].map((name) => ({ type: "harness", name, config: { harness: name, description: "Helps" } }));
  return createScripted(soma, "boss", turns, { tools });
}

/** Asks the boss, whose tree then waits for an approval, and goes to its journal. */
async function followBoss(page: Page, soma: Soma): Promise<void> {
  await page.goto(`${soma.url}/agents/${await createBoss(soma)}`);
  await send(page, "Find it");
  await expect(page.getByRole("link", { name: "Session of researcher" })).toBeVisible();
  await page.getByRole("link", { name: "Journal", exact: true }).click();
  await expect(page.getByRole("treeitem")).toHaveCount(3);
}

const line = (page: Page, harness: string) => page.getByRole("treeitem", { name: new RegExp(`^${harness}`) });

test("the tree shows who works for whom, and follows what happens", async ({ page, context, soma }) => {
  await followBoss(page, soma);
  await expect(line(page, "boss")).toHaveAttribute("aria-current", "page");
  await expect(line(page, "researcher")).toHaveAttribute("aria-level", "2");
  await expect(line(page, "researcher")).toContainText("waits for approval");
  await expect(line(page, "critic")).toContainText("idle");
  await expect(page.locator('li[data-type="subagent.started"]').first()).toContainText(/(researcher|critic) works in/);
  const inbox = await context.newPage();
  await inbox.goto(`${soma.url}/approvals`);
  await inbox.getByRole("button", { name: "Approve shell" }).click();
  await expect(line(page, "researcher")).toContainText("idle");
  await page.getByRole("link", { name: "Conversation" }).click();
  await expectFinished(page);
  await expect(page.locator("[data-tool=researcher]")).toContainText("Under the stairs.");
});

test("each line of the tree leads to its session, and from there the same tree leads back", async ({ page, soma }) => {
  await followBoss(page, soma);
  await line(page, "critic").click();
  await expect(page.getByRole("heading", { name: "Journal of critic" })).toBeVisible();
  await expect(line(page, "critic")).toHaveAttribute("aria-current", "page");
  await line(page, "boss").click();
  await expect(page.getByRole("heading", { name: "Journal of boss" })).toBeVisible();
});

test("the tree is walked with the arrow keys", async ({ page, soma }) => {
  await followBoss(page, soma);
  await line(page, "boss").focus();
  await page.keyboard.press("ArrowDown");
  await expect(page.getByRole("treeitem").nth(1)).toBeFocused();
  await page.keyboard.press("ArrowLeft");
  await expect(line(page, "boss")).toBeFocused();
  await page.keyboard.press("ArrowLeft");
  await expect(page.getByRole("treeitem")).toHaveCount(1);
  await expect(line(page, "boss")).toHaveAttribute("aria-expanded", "false");
  await page.keyboard.press("ArrowRight");
  await expect(page.getByRole("treeitem")).toHaveCount(3);
  await page.keyboard.press("End");
  await expect(page.getByRole("treeitem").last()).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/journal$/);
  await expect(page.getByRole("heading", { name: /^Journal of (researcher|critic)$/ })).toBeVisible();
});

test("a session alone has no tree", async ({ page, soma, harness }) => {
  await page.goto(`${soma.url}/agents/${harness}`);
  await send(page, "Run `echo alone`");
  await expectFinished(page);
  await page.getByRole("link", { name: "Journal", exact: true }).click();
  await expect(page.getByRole("heading", { name: "Invocation 1" })).toBeVisible();
  await expect(page.getByRole("tree")).toHaveCount(0);
});

for (const colorScheme of ["light", "dark"] as const) {
  test(`the tree is accessible in ${colorScheme} and fits a phone`, async ({ page, soma }) => {
    await page.emulateMedia({ colorScheme });
    await followBoss(page, soma);
    await expectAccessible(page);
    await page.setViewportSize({ width: 360, height: 740 });
    await expectFits(page);
    await expectAccessible(page);
  });
}
