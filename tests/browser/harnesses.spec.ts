import { expect, test } from "./fixtures";

test("an empty server tells how to make a harness", async ({ page, soma }) => {
  await page.goto(soma.url);
  await expect(page.getByRole("heading", { name: "No harness yet" })).toBeVisible();
  await expect(page.getByText("soma create --name browseragent")).toBeVisible();
});

test("lists a harness with its model and leads to its chat", async ({ page, soma, harness }) => {
  await page.goto(soma.url);
  const row = page.getByRole("row", { name: /tester/ });
  await expect(row.getByText("reflex")).toBeVisible();
  await row.getByRole("link", { name: "tester" }).click();
  await expect(page).toHaveURL(`${soma.url}/agents/${harness}`);
  await expect(page.getByRole("heading", { name: "A new session" })).toBeVisible();
});

/** Takes out what Chromium notes by itself about a request that was refused. */
function takeRefusal(complaints: string[]): void {
  expect(complaints.splice(0)).toEqual([expect.stringContaining("status of 400")]);
}

test("an unknown key is shown at its line, and the mended harness is created", async ({ page, soma, complaints }) => {
  await page.goto(soma.url);
  await page.getByRole("button", { name: "New harness" }).first().click();
  const editor = page.getByRole("textbox", { name: "Harness configuration" });
  const good = await editor.inputValue();
  await editor.fill(good.replace('"tools"', '"toolz"'));
  await page.getByRole("button", { name: "Create" }).click();
  await expect(page.getByRole("alert")).toContainText("Line 4.");
  await expect(page.getByRole("alert")).toContainText("toolz");
  takeRefusal(complaints);
  await editor.fill(good);
  await expect(page.getByRole("alert")).toBeHidden();
  await page.getByRole("button", { name: "Create" }).click();
  await expect(page.getByRole("heading", { name: "browseragent" })).toBeVisible();
});

test("what is no JSON is refused at its line", async ({ page, soma, complaints }) => {
  await page.goto(soma.url);
  await page.getByRole("button", { name: "New harness" }).first().click();
  const editor = page.getByRole("textbox", { name: "Harness configuration" });
  await editor.fill('{\n  "harnessName": "broken"\n  "model": {}\n}');
  await page.getByRole("button", { name: "Create" }).click();
  await expect(page.getByRole("alert")).toContainText("Line 3.");
  takeRefusal(complaints);
});

test("an unreachable server is named, and its return too", async ({ page, soma }) => {
  await page.goto(soma.url);
  await expect(page.getByText("Connected")).toBeVisible();
  await soma.kill();
  await expect(page.getByText("Server unreachable")).toBeVisible();
  await soma.startAgain();
  await expect(page.getByText("Connected")).toBeVisible();
});
