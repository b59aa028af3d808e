import { createScripted, expect, expectAccessible, expectFinished, send, test } from "./fixtures";
import type { Soma } from "./soma";

const kTool = (name: string) => ({
  type: "inline_function",
  name,
  config: { description: "Looks something up", inputSchema: { type: "object" } },
});

/** A harness whose model leaves these calls to its caller, all at once, and then says `Thank you.` */
function createAsker(soma: Soma, calls: { name: string; input: object }[]): Promise<string> {
  const tools = [...new Set(calls.map(({ name }) => name))].map(kTool);
  return createScripted(soma, "asker", [{ text: "Look it up.", calls }, { text: "Thank you." }], { tools });
}

const kOrder = [{ name: "lookup_order", input: { order: 7 } }];

for (const [button, status] of [
  ["Send result", "success"],
  ["Send as error", "error"],
] as const) {
  test(`a call that is the reader's is answered with "${button}"`, async ({ page, soma }) => {
    const harness = await createAsker(soma, kOrder);
    await page.goto(`${soma.url}/agents/${harness}`);
    await send(page, "Where is order 7?");
    const form = page.getByRole("region", { name: "Calls for you" });
    await expect(form.getByRole("group", { name: "arguments" })).toContainText('"order": 7');
    await expect(page.getByText("Waiting for your result")).toBeVisible();
    await expectAccessible(page);
    await page.reload();
    await form.getByRole("textbox", { name: "Result of lookup_order" }).fill('{"state": "late"}');
    await form.getByRole("button", { name: button }).click();
    await expectFinished(page, 1);
    await expect(form).toBeHidden();
    await expect(page.locator("[data-tool=lookup_order]")).toHaveAttribute("data-state", status);
    await expect(page.locator("[data-step=done]").last()).toContainText("Thank you.");
    const sessionId = page.url().split("/").at(-1);
    const { messages } = await soma.call<{ messages: object[] }>(`/api/sessions/${harness}/${sessionId}`);
    expect(JSON.stringify(messages)).toContain('{"json":{"state":"late"}}');
  });
}

test("several calls are sent together once each has its result", async ({ page, soma }) => {
  const harness = await createAsker(soma, [...kOrder, { name: "lookup_price", input: { item: "tea" } }]);
  await page.goto(`${soma.url}/agents/${harness}`);
  await send(page, "Order and price?");
  const form = page.getByRole("region", { name: "Calls for you" });
  await form.getByRole("textbox", { name: "Result of lookup_order" }).fill("on its way");
  await form.getByRole("button", { name: "Send result" }).first().click();
  await expect(form.getByText("Result ready")).toBeVisible();
  await form.getByRole("textbox", { name: "Result of lookup_price" }).fill("no such item");
  await form.getByRole("button", { name: "Send as error" }).click();
  await expectFinished(page, 1);
  await expect(page.locator("[data-tool=lookup_order]")).toHaveAttribute("data-state", "success");
  await expect(page.locator("[data-tool=lookup_price]")).toHaveAttribute("data-state", "error");
});
