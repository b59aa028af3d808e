import { expect, expectFinished, holding, letGoOn, onlySession, send, test } from "./fixtures";

test("streams a tool call while it runs, then the answer and its cost", async ({ page, soma, harness }) => {
  await page.goto(`${soma.url}/agents/${harness}`);
  await send(page, `Run \`${holding("echo piece-1", "echo piece-2")}\``);
  const card = page.locator("[data-tool=shell]");
  await expect(card.getByText("Running", { exact: true })).toBeVisible();
  const output = card.getByRole("region", { name: "Output of shell" });
  await expect(output).toContainText("piece-1");
  await expect(card).toHaveAttribute("data-state", "running");
  await letGoOn(soma, harness);
  await expectFinished(page);
  await expect(output).toContainText("piece-2");
  await expect(card.getByText("Done", { exact: true })).toBeVisible();
  await expect(page.getByRole("article").getByText(/\d+ in · \d+ out/)).toBeVisible();
  await expect(page).toHaveURL(/\/sessions\/console-[0-9a-f]{32}$/);
});

test("a reloaded page shows the same conversation", async ({ page, soma, harness }) => {
  await page.goto(`${soma.url}/agents/${harness}`);
  await send(page, "Run `echo the-same-after-reload`");
  await expectFinished(page);
  const turn = page.getByRole("article", { name: "Turn" });
  const before = await turn.innerText();
  await page.reload();
  await expectFinished(page);
  await expect.poll(() => turn.innerText()).toBe(before);
});

test("a second page follows the same conversation", async ({ page, context, soma, harness }) => {
  await page.goto(`${soma.url}/agents/${harness}`);
  await send(page, `Run \`${holding("echo piece-1", "echo piece-2")}\``);
  await expect(page.getByRole("region", { name: "Output of shell" })).toContainText("piece-1");
  const second = await context.newPage();
  await second.goto(page.url());
  await expect(second.locator("[data-tool=shell]")).toHaveAttribute("data-state", "running");
  await letGoOn(soma, harness);
  await expectFinished(second);
  await expectFinished(page);
  const turn = { name: "Turn" };
  expect(await second.getByRole("article", turn).innerText()).toBe(await page.getByRole("article", turn).innerText());
});

test("the input of a call opens below its head", async ({ page, soma, harness }) => {
  await page.goto(`${soma.url}/agents/${harness}`);
  await send(page, "Run `echo look-inside`");
  await expectFinished(page);
  await page.locator("[data-tool=shell] button").first().click();
  await expect(page.getByRole("region", { name: "input" })).toContainText('"command": "echo look-inside"');
});

test("stop ends the invocation and says so", async ({ page, soma, harness }) => {
  await page.goto(`${soma.url}/agents/${harness}`);
  await send(page, "Run `echo begun; sleep 50`");
  await expect(page.getByRole("region", { name: "Output of shell" })).toContainText("begun");
  await page.getByRole("button", { name: "Stop" }).click();
  await expect(page.getByRole("article").getByText("Stopped", { exact: true }).last()).toBeVisible();
  await expect(page.getByRole("button", { name: "Send" })).toBeVisible();
});

test("a second prompt goes on in the same session", async ({ page, soma, harness }) => {
  await page.goto(`${soma.url}/agents/${harness}`);
  await send(page, "Run `echo first-turn`");
  await expectFinished(page);
  await send(page, "Run `echo second-turn`");
  await expectFinished(page, 1);
  await onlySession(soma, harness);
});

test("the keyboard alone is enough", async ({ page, soma, harness }) => {
  await page.goto(`${soma.url}/agents/${harness}`);
  await expect(page.getByRole("heading", { name: "A new session" })).toBeVisible();
  await page.keyboard.press("Tab");
  await expect(page.getByRole("link", { name: "Skip to content" })).toBeFocused();
  await page.keyboard.press("/");
  const prompt = page.getByRole("textbox", { name: "Prompt" });
  await expect(prompt).toBeFocused();
  await page.keyboard.type("Run `echo one`");
  await page.keyboard.press("Shift+Enter");
  await expect(prompt).toHaveValue("Run `echo one`\n");
  await page.keyboard.press("Enter");
  await expectFinished(page);
  await page.getByRole("button", { name: "Configuration" }).press("Enter");
  await expect(page.getByRole("dialog")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toBeHidden();
});

test("what a tool prints is text, never markup", async ({ page, soma, harness }) => {
  await page.goto(`${soma.url}/agents/${harness}`);
  await send(page, "Run `echo '<img src=x onerror=document.title=1><script>document.title=2</script>'`");
  await expectFinished(page);
  await expect(page.getByRole("region", { name: "Output of shell" })).toContainText("<img src=x");
  await expect(page.locator("article img, article script")).toHaveCount(0);
  await expect(page).toHaveTitle("tester · soma");
});

test("an ended session keeps its conversation", async ({ page, soma, harness }) => {
  await page.goto(`${soma.url}/agents/${harness}`);
  await send(page, "Run `echo kept`");
  await expectFinished(page);
  await page.getByRole("button", { name: "End session" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "End session" }).click();
  await expect(page.getByText("This session was ended.")).toBeVisible();
  await expect(page.getByRole("region", { name: "Output of shell" })).toContainText("kept");
});

test("a reader who scrolled up is left in peace", async ({ page, soma, harness }) => {
  await page.setViewportSize({ width: 1000, height: 420 });
  await page.goto(`${soma.url}/agents/${harness}`);
  await send(page, "Run `seq 1 200`");
  await expectFinished(page);
  const thread = page.getByRole("region", { name: "Conversation" });
  await expect.poll(() => thread.evaluate((area) => area.scrollHeight - area.clientHeight - area.scrollTop)).toBe(0);
  await send(page, `Run \`${holding("echo begun", "seq 1 200")}\``);
  await expect(page.getByRole("region", { name: "Output of shell" }).nth(1)).toContainText("begun");
  await thread.hover();
  await page.mouse.wheel(0, -2_000);
  await expect(thread).toHaveJSProperty("scrollTop", 0);
  await letGoOn(soma, harness);
  await expectFinished(page, 1);
  await expect(thread).toHaveJSProperty("scrollTop", 0);
  await page.getByRole("button", { name: "Latest" }).click();
  await expect(page.getByText("Finished", { exact: true }).nth(1)).toBeInViewport();
});
