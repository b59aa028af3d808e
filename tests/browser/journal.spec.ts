import { expect, expectEachEventOnce, expectFinished, onlySession, send, test } from "./fixtures";

test("shows each event of the run once, in order", async ({ page, soma, harness }) => {
  await page.goto(`${soma.url}/agents/${harness}`);
  await send(page, "Run `echo into-the-journal`");
  await expectFinished(page);
  await page.getByRole("link", { name: "Journal", exact: true }).click();
  await expect(page.getByRole("heading", { name: "Invocation 1" })).toBeVisible();
  await expectEachEventOnce(page, soma, (await onlySession(soma, harness)).runId);
});

test("an event opens to its JSON, a type filters the rows, the totals count", async ({ page, soma, harness }) => {
  await page.goto(`${soma.url}/agents/${harness}`);
  await send(page, "Run `echo counted`");
  await expectFinished(page);
  await page.getByRole("link", { name: "Journal", exact: true }).click();
  const filter = page.getByRole("group", { name: "Show only" });
  await filter.getByRole("button", { name: /tool\.intent/ }).click();
  const rows = page.locator("li[data-type]");
  await expect(rows).toHaveCount(1);
  await rows.getByRole("button").click();
  await expect(page.getByRole("region", { name: /^event/ })).toContainText("echo counted");
  await expect(page.locator("dl div", { hasText: "Tool calls" }).locator("strong")).toHaveText("1");
  await page.reload();
  await expect(rows).toHaveCount(1);
  await page.getByRole("button", { name: "Show all" }).click();
  await expect(page.locator('li[data-type="invocation.finished"]')).toBeVisible();
});

test("the arrow keys go from row to row", async ({ page, soma, harness }) => {
  await page.goto(`${soma.url}/agents/${harness}`);
  await send(page, "Run `echo keys`");
  await expectFinished(page);
  await page.getByRole("link", { name: "Journal", exact: true }).click();
  const rows = page.locator("li[data-seq] > button");
  await rows.first().focus();
  await page.keyboard.press("ArrowDown");
  await expect(rows.nth(1)).toBeFocused();
  await page.keyboard.press("End");
  await expect(rows.last()).toBeFocused();
});
