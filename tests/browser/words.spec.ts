import { createScripted, expect, expectFinished, send, test } from "./fixtures";

test("the journal says in words what a hook decided", async ({ page, soma }) => {
  const calls = [{ name: "shell", input: { command: "echo never" } }];
  const said = JSON.stringify({ decision: "deny", reason: "not on my watch" });
  const hooks = [{ beforeToolCall: { name: "guard", target: { command: { arguments: ["printf", "%s", said] } } } }];
  const harness = await createScripted(soma, "guarded", [{ calls }, { text: "Then not." }], { hooks });
  await page.goto(`${soma.url}/agents/${harness}`);
  await send(page, "Run it");
  await expectFinished(page);
  await page.getByRole("link", { name: "Journal", exact: true }).click();
  await expect(page.locator('li[data-type="hook.finished"]')).toContainText("guard (before tool call) deny: not on my watch");
});

test("the journal says in words why an answer was asked for again", async ({ page, soma }) => {
  const outputSchema = { type: "object", required: ["price"], properties: { price: { type: "number" } } };
  const turns = [{ text: '{"price": "three"}' }, { text: '{"price": 3}' }];
  const harness = await createScripted(soma, "typist", turns, { outputSchema });
  await page.goto(`${soma.url}/agents/${harness}`);
  await send(page, "What does it cost?");
  await expectFinished(page);
  await page.getByRole("link", { name: "Journal", exact: true }).click();
  await expect(page.locator('li[data-type="output.rejected"]')).toContainText("does not fit the schema");
  await expect(page.locator('li[data-type="output.accepted"]')).toContainText('the answer fits the schema: {"price":3}');
});

test("the chat and the journal say that a long conversation was shortened", async ({ page, soma }) => {
  const turns = Array.from({ length: 5 }, (_, turn) => ({ text: `Answer ${turn + 1}. ${"And so on. ".repeat(60)}` }));
  const truncation = { strategy: "sliding_window", config: { slidingWindow: { messagesCount: 2 } } };
  const harness = await createScripted(soma, "forgetful", turns, { truncation });
  await page.goto(`${soma.url}/agents/${harness}`);
  // Two messages may stay, four more are slack, and the first prompt does not count: the ninth is too many.
  for (const [index, prompt] of ["One", "Two", "Three", "Four", "Five"].entries()) {
    await send(page, prompt);
    await expectFinished(page, index);
  }
  await expect(page.getByText(/The conversation became long: \d+ messages? (is|are) not shown to the model any more/)).toBeVisible();
  await page.getByRole("link", { name: "Journal", exact: true }).click();
  await expect(page.locator('li[data-type="context.compacted"]')).toContainText(/7 messages left out, [\d,]+ to [\d,]+ tokens/);
});
