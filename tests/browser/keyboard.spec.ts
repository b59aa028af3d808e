import type { Locator, Page } from "@playwright/test";
import { createMachine, expect, expectFinished, startExecution, test } from "./fixtures";

/** Further than this no control of the console is from another. */
const kMostTabs = 40;

/** Goes to a control with the Tab key alone; every stop on the way must show where the focus is. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  await expect(target).toBeVisible();
  for (let tabs = 0; tabs < kMostTabs; tabs++) {
    await page.keyboard.press("Tab");
    expect(await page.evaluate(hasFocusRing), `stop ${tabs + 1} of the Tab key shows no focus`).toBe(true);
    if (await target.evaluate((element) => element === document.activeElement)) return;
  }
  throw new Error(`${target} is not reached with ${kMostTabs} presses of Tab`);
}

/** Whether what has the focus, or what frames it, is drawn with an outline. */
function hasFocusRing(): boolean {
  const focused = document.activeElement;
  if (!focused || focused === document.body) return true;
  const framed = [focused, focused.parentElement, focused.closest("form")];
  return framed.some((element) => element && getComputedStyle(element).outlineStyle !== "none");
}

test("from the list to an event of the journal with the keyboard alone", async ({ page, soma, harness }) => {
  await page.goto(soma.url);
  await tabTo(page, page.getByRole("link", { name: "tester" }));
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(`${soma.url}/agents/${harness}`);

  await tabTo(page, page.getByRole("textbox", { name: "Prompt" }));
  await page.keyboard.type("Run `echo by-keyboard`");
  await page.keyboard.press("Enter");
  await expectFinished(page);

  await page.keyboard.press("Shift+Tab");
  await tabTo(page, page.getByRole("textbox", { name: "Prompt" }));
  const journal = page.getByRole("link", { name: "Journal", exact: true });
  await tabTo(page, journal);
  await tabTo(page, page.locator("[data-tool=shell] button").first());
  await page.keyboard.press("Enter");
  await expect(page.getByRole("region", { name: "input" })).toContainText("echo by-keyboard");

  await tabTo(page, journal);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Invocation 1" })).toBeVisible();
  await tabTo(page, page.locator("li[data-seq] > button").first());
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("region", { name: /^event/ })).toContainText("invocation.started");
});

test("a harness is made, and a session ended, with the keyboard alone", async ({ page, soma }) => {
  await page.goto(soma.url);
  await tabTo(page, page.getByRole("button", { name: "New harness" }).first());
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog");
  await tabTo(page, dialog.getByRole("button", { name: "Create" }));
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "browseragent" })).toBeVisible();
  await expect(dialog).toBeHidden();
  await page.keyboard.press("/");
  await page.keyboard.type("What is 17 * 23?");
  await page.keyboard.press("Enter");
  await expectFinished(page);
  await tabTo(page, page.getByRole("button", { name: "End session" }));
  await page.keyboard.press("Enter");
  await tabTo(page, dialog.getByRole("button", { name: "End session" }));
  await page.keyboard.press("Enter");
  await expect(page.getByText("This session was ended.")).toBeVisible();
});

test("from the list of workflows to a state of an execution with the keyboard alone", async ({ page, soma }) => {
  await createMachine(soma, "greet", { First: { Type: "Pass", Next: "Second" }, Second: { Type: "Succeed" } });
  await startExecution(soma, "greet", "one");
  await page.goto(soma.url);
  await tabTo(page, page.getByRole("link", { name: "Workflows" }));
  await page.keyboard.press("Enter");
  await tabTo(page, page.getByRole("link", { name: "greet" }));
  await page.keyboard.press("Enter");
  await tabTo(page, page.getByRole("link", { name: "Executions" }));
  await page.keyboard.press("Enter");
  await tabTo(page, page.getByRole("link", { name: "one" }));
  await page.keyboard.press("Enter");
  await tabTo(page, page.getByRole("button", { name: /^First/ }));
  await page.keyboard.press("ArrowDown");
  await expect(page.getByRole("button", { name: /^Second/ })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("region", { name: "State Second" })).toBeVisible();
  await tabTo(page, page.locator("[data-event] > button").first());
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("region", { name: "event 2" })).toContainText("PassStateEntered");
});
