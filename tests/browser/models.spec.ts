import type { Page } from "@playwright/test";
import { createScripted, expect, expectAccessible, expectFinished, expectFits, send, test, writeScript } from "./fixtures";

const opener = (page: Page) => page.getByRole("button", { name: /^Model of the next turns/ });
const turn = (page: Page, index: number) => page.getByRole("article", { name: "Turn" }).nth(index);

test("another model takes the next turns, this session's only, and each turn says who answered", async ({ page, soma }) => {
  const own = await createScripted(soma, "talker", [{ text: "I am the first." }, { text: "I am still the first." }]);
  const second = await writeScript(soma, "second", [{ text: "Never asked." }, { text: "I am the second." }]);
  await page.goto(`${soma.url}/agents/${own}`);
  await send(page, "Who are you?");
  await expectFinished(page);
  await expect(turn(page, 0)).toContainText("talker.jsonl");

  await opener(page).click();
  const dialog = page.getByRole("dialog", { name: "Model of the next turns" });
  await dialog.getByRole("combobox", { name: "Provider" }).selectOption("replay");
  await dialog.getByRole("textbox", { name: "Model id" }).fill(second);
  await expect(dialog.getByRole("radio", { name: "Another model" })).toBeChecked();
  await dialog.getByRole("button", { name: "Use this model" }).click();
  await expect(dialog).toBeHidden();
  await expect(opener(page)).toContainText("chosen here");
  await page.reload();
  await expect(opener(page)).toHaveAccessibleName(`Model of the next turns: replay ${second}`);
  await send(page, "And now?");
  await expectFinished(page, 1);
  await expect(turn(page, 1)).toContainText("I am the second.");
  await expect(turn(page, 1)).toContainText("second.jsonl");
  await expect(turn(page, 0)).not.toContainText("second.jsonl");

  await page.getByRole("link", { name: "Journal", exact: true }).click();
  await expect(page.locator('li[data-type="model.intent"]').last()).toContainText("second.jsonl");
  await page.getByRole("link", { name: "Conversation" }).click();
  await expect(opener(page)).toContainText("chosen here");
  await page.getByRole("link", { name: "New chat" }).click();
  await expect(opener(page)).not.toContainText("chosen here");
});

test("the choice is taken along into the session that the first prompt begins", async ({ page, soma }) => {
  const own = await createScripted(soma, "talker", [{ text: "I am the first." }]);
  await page.goto(`${soma.url}/agents/${own}`);
  await opener(page).click();
  const dialog = page.getByRole("dialog", { name: "Model of the next turns" });
  await dialog.getByRole("searchbox", { name: "Find a model" }).fill("reflex");
  await dialog.getByRole("radio", { name: /^reflex/ }).check();
  await dialog.getByRole("button", { name: "Use this model" }).click();
  await send(page, "Run `echo by-reflex`");
  await expectFinished(page);
  await expect(page).toHaveURL(/\/sessions\/.*\?model=reflex$/);
  await expect(turn(page, 0).getByText("reflex", { exact: true })).toBeVisible();
  await opener(page).click();
  await dialog.getByRole("radio", { name: /the harness's own/ }).check();
  await dialog.getByRole("button", { name: "Use this model" }).click();
  await expect(page).not.toHaveURL(/model=/);
});

test("known models have their price and size, a family is completed by hand", async ({ page, soma, harness }) => {
  await page.goto(`${soma.url}/agents/${harness}`);
  await opener(page).click();
  const dialog = page.getByRole("dialog", { name: "Model of the next turns" });
  await expect(dialog.getByRole("group", { name: "anthropic" })).toContainText(/\$[\d.]+ in · \$[\d.]+ out · \d+(\.\d+)?[KM] context/);
  await dialog.getByRole("group", { name: "bedrock" }).getByRole("button").first().click();
  await expect(dialog.getByRole("textbox", { name: "Model id" })).toBeFocused();
  await expect(dialog.getByRole("combobox", { name: "Provider" })).toHaveValue("bedrock");
  await dialog.getByRole("searchbox", { name: "Find a model" }).fill("no such model at all");
  await expect(dialog.getByText("No known model has such a name.")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
  await expect(opener(page)).toBeFocused();
});

for (const colorScheme of ["light", "dark"] as const) {
  test(`the choice of a model is accessible in ${colorScheme} and fits a phone`, async ({ page, soma, harness }) => {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width: 360, height: 740 });
    await page.goto(`${soma.url}/agents/${harness}`);
    await opener(page).click();
    await expect(page.getByRole("group", { name: "anthropic" })).toBeVisible();
    await expectAccessible(page);
    await expectFits(page);
  });
}
