import type { Page } from "@playwright/test";
import {
  createScripted,
  eventTypes,
  expect,
  expectAccessible,
  expectFinished,
  expectFits,
  onlySession,
  send,
  test,
} from "./fixtures";
import type { Soma } from "./soma";

const kPush = "echo it-ran > pushed.txt; cat pushed.txt";
const kRules = { rules: [{ tool: "shell", arguments: { command: "echo*" }, decision: "ask", reason: "Pushes are looked at first" }] };

/** A harness whose model runs one command after another, each asked about, and then says `All pushed.` */
function createPusher(soma: Soma, commands = [kPush], approvals: object = kRules): Promise<string> {
  const calls = commands.map((command) => ({ text: "I push it.", calls: [{ name: "shell", input: { command } }] }));
  return createScripted(soma, "pusher", [...calls, { text: "All pushed." }], { approvals });
}

/** Asks the pusher in the chat and waits until its call waits. */
async function askToPush(page: Page, soma: Soma, harness: string): Promise<void> {
  await page.goto(`${soma.url}/agents/${harness}`);
  await send(page, "Push the branch");
  await expect(page.getByRole("button", { name: "Approve shell" })).toBeVisible();
}

const inboxLink = (page: Page) => page.getByRole("banner").getByRole("link", { name: /^Approvals/ });
const card = (page: Page) => page.getByRole("article", { name: "shell of pusher" });
const approve = (page: Page) => page.getByRole("button", { name: "Approve shell" });

test("a call waits in the inbox, is approved there, and the chat goes on", async ({ page, soma }) => {
  await askToPush(page, soma, await createPusher(soma));
  const chat = page.url();
  await expect(page.getByRole("article").getByText("Waiting for approval", { exact: true }).first()).toBeVisible();
  await expect(page.getByRole("textbox", { name: "Prompt" })).toHaveAttribute("placeholder", "Waiting for an approval");
  await expect(page.getByRole("navigation", { name: "Sessions" })).toContainText("waiting for approval");
  await expect(inboxLink(page)).toHaveAccessibleName("Approvals 1 waiting");
  await inboxLink(page).click();
  await expect(card(page).getByRole("group", { name: "command" })).toContainText(kPush);
  await expect(card(page)).toContainText("Pushes are looked at first");
  await expect(card(page)).toContainText("never expires");
  await expect(card(page)).toContainText(/waits for \d+ s/);
  await approve(page).click();
  await expect(card(page).getByText("Approved", { exact: true })).toBeVisible();
  await expect(inboxLink(page)).toHaveAccessibleName("Approvals");
  await card(page).getByRole("link", { name: "pusher" }).click();
  await expect(page).toHaveURL(chat);
  await expectFinished(page);
  await expect(page.getByRole("region", { name: "Output of shell" })).toContainText("it-ran");
  await expect(page.locator("[data-step=done]").last()).toContainText("All pushed.");
  await expect(page.locator("[data-tool=shell]")).toContainText("Approved by console");
});

test("a denied call does not run, and the model is told why", async ({ page, soma }) => {
  const harness = await createPusher(soma);
  await askToPush(page, soma, harness);
  await page.goto(`${soma.url}/approvals`);
  await page.getByRole("button", { name: "Deny shell" }).click();
  await page.getByRole("textbox", { name: "Reason for denying shell" }).fill("not on a Friday");
  await page.keyboard.press("Enter");
  await expect(card(page).getByText("Denied", { exact: true })).toBeVisible();
  await card(page).getByRole("link", { name: "pusher" }).click();
  await expectFinished(page);
  const tool = page.locator("[data-tool=shell]");
  await expect(tool.getByText("Denied", { exact: true })).toBeVisible();
  await expect(tool).toContainText("Denied by console: Not on a Friday");
  const { runId, sessionId } = await onlySession(soma, harness);
  expect(await eventTypes(soma, runId)).not.toContain("tool.intent");
  const { messages } = await soma.call<{ messages: object[] }>(`/api/sessions/${harness}/${sessionId}`);
  expect(JSON.stringify(messages)).toContain("not on a Friday");
});

test("in the chat the call is answered at its own place, after a reload too", async ({ page, soma }) => {
  await askToPush(page, soma, await createPusher(soma));
  await page.reload();
  const asked = page.getByRole("region", { name: "Approval of shell" });
  await expect(asked.getByRole("group", { name: "command" })).toContainText(kPush);
  await page.getByRole("button", { name: "Show", exact: true }).click();
  await expect(asked).toBeFocused();
  await approve(page).click();
  await expectFinished(page);
  await expect(page.getByRole("region", { name: "Output of shell" })).toContainText("it-ran");
  await expect(asked).toBeHidden();
});

test("a call waits over kill -9 and a restart", async ({ page, soma }) => {
  await askToPush(page, soma, await createPusher(soma));
  await soma.kill();
  await expect(page.getByText("Reconnecting…")).toBeVisible();
  await soma.startAgain();
  await expect(page.getByText("Reconnecting…")).toBeHidden();
  await approve(page).click();
  await expectFinished(page);
  await expect(page.getByRole("region", { name: "Output of shell" })).toContainText("it-ran");
});

test("of two tabs one wins, and the other says so", async ({ page, context, soma }) => {
  await askToPush(page, soma, await createPusher(soma));
  await page.goto(`${soma.url}/approvals`);
  const other = await context.newPage();
  await other.goto(`${soma.url}/approvals`);
  await expect(approve(other)).toBeVisible();
  // The other tab does not hear of the answer before it gives its own.
  let release = () => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  await other.route("**/api/approvals", async (route) => {
    await released;
    await route.continue().catch(() => {});
  });
  await approve(page).click();
  await expect(card(page).getByText("Approved", { exact: true })).toBeVisible();
  await other.getByRole("button", { name: "Deny shell" }).click();
  await other.getByRole("button", { name: "Deny", exact: true }).click();
  await expect(other.getByText("This answer was not taken.")).toBeVisible();
  release();
  await expect(card(other).getByText("Answered elsewhere", { exact: true })).toBeVisible();
  await expect(approve(other)).toBeHidden();
});

test("a tab that only looks learns that a call was answered elsewhere, and no card moves", async ({ page, context, soma }) => {
  const harness = await createPusher(soma);
  await askToPush(page, soma, harness);
  await page.goto(`${soma.url}/agents/${harness}`);
  await askToPush(page, soma, harness);
  const other = await context.newPage();
  await other.goto(`${soma.url}/approvals`);
  await expect(card(other)).toHaveCount(2);
  const place = await card(other).nth(1).boundingBox();
  await page.goto(`${soma.url}/approvals`);
  await approve(page).first().click();
  await expect(card(other).first().getByText("Answered elsewhere", { exact: true })).toBeVisible();
  expect((await card(other).nth(1).boundingBox())?.y).toBe(place?.y);
  await other.getByRole("button", { name: "Put away what is over" }).click();
  await expect(card(other)).toHaveCount(1);
});

test("an answer for other arguments than those that wait is refused, and the list is read again", async ({ page, soma, complaints }) => {
  const harness = await createPusher(soma);
  await askToPush(page, soma, harness);
  await page.route("**/api/approvals", async (route) => {
    const answer = (await (await route.fetch()).json()) as { approvals: { inputHash: string }[] };
    await route.fulfill({ json: { approvals: answer.approvals.map((approval) => ({ ...approval, inputHash: "0".repeat(64) })) } });
  });
  await page.goto(`${soma.url}/approvals`);
  await approve(page).click();
  await expect(page.getByText("This answer was not taken.")).toBeVisible();
  expect(complaints.splice(0).filter((text) => !/status of 409/.test(text))).toEqual([]);
  const { runId } = await onlySession(soma, harness);
  expect(await eventTypes(soma, runId)).not.toContain("approval.answered");
  await page.unrouteAll({ behavior: "wait" });
  await page.reload();
  await approve(page).click();
  await expect(card(page).getByText("Approved", { exact: true })).toBeVisible();
});

test("two quick presses are one answer", async ({ page, soma }) => {
  await askToPush(page, soma, await createPusher(soma));
  await page.goto(`${soma.url}/approvals`);
  const answers: string[] = [];
  page.on("request", (request) => {
    if (request.method() === "POST") answers.push(request.url());
  });
  await approve(page).dblclick();
  await expect(card(page).getByText("Approved", { exact: true })).toBeVisible();
  expect(answers).toHaveLength(1);
});

test("the inbox is worked through with the keyboard alone", async ({ page, soma }) => {
  const harness = await createPusher(soma);
  await askToPush(page, soma, harness);
  await page.goto(`${soma.url}/agents/${harness}`);
  await askToPush(page, soma, harness);
  await page.goto(`${soma.url}/approvals`);
  await expect(card(page)).toHaveCount(2);
  const [first, second] = [card(page).first(), card(page).nth(1)];
  await page.keyboard.press("j");
  await expect(first).toBeFocused();
  await page.keyboard.press("ArrowDown");
  await expect(second).toBeFocused();
  await page.keyboard.press("k");
  await page.keyboard.press("a");
  await expect(first.getByRole("button", { name: "Yes, approve shell" })).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(first).toBeFocused();
  await expect(first).toHaveAttribute("data-state", "pending");
  await page.keyboard.press("a");
  await page.keyboard.press("Enter");
  await expect(first.getByText("Approved", { exact: true })).toBeVisible();
  await expect(first).toBeFocused();
  await page.keyboard.press("j");
  await page.keyboard.press("d");
  await page.keyboard.type("a job for a day");
  await page.keyboard.press("Enter");
  await expect(second.getByText("Denied", { exact: true })).toBeVisible();
});

test("a long command is folded, and nothing of it is hidden without saying so", async ({ page, soma }) => {
  const long = `echo begun\n${Array.from({ length: 60 }, (_, line) => `echo line-${line}`).join("\n")}\necho the-end\u202e`;
  await askToPush(page, soma, await createPusher(soma, [long], { default: "ask" }));
  await page.goto(`${soma.url}/approvals`);
  const command = card(page).getByRole("group", { name: "command" });
  await expect(command).toContainText("line-5");
  await expect(command).not.toContainText("the-end");
  await card(page).getByRole("button", { name: /^All of the command: \d+ more characters$/ }).click();
  await expect(command).toContainText("echo the-end\\u202e");
});

test("an approval that nobody gives expires", async ({ page, soma }) => {
  const harness = await createPusher(soma, [kPush], { default: "ask", timeoutSeconds: 1 });
  await page.goto(`${soma.url}/agents/${harness}`);
  await send(page, "Push the branch");
  await expect(page.locator("[data-tool=shell]").getByText("Expired", { exact: true })).toBeVisible();
  await expectFinished(page);
});

const kSizes = { "on a phone": { width: 360, height: 740 }, "on a desk": { width: 1280, height: 860 } };

for (const colorScheme of ["light", "dark"] as const) {
  for (const [place, size] of Object.entries(kSizes)) {
    test(`the inbox is accessible in ${colorScheme} ${place}`, async ({ page, soma }) => {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize(size);
      await lookAtEachState(page, soma, async () => {
        await expectFits(page);
        await expectAccessible(page);
      });
    });
  }
}

/** Goes through what an approval looks like, from the empty inbox to an answered call. */
async function lookAtEachState(page: Page, soma: Soma, look: () => Promise<void>): Promise<void> {
  await page.goto(`${soma.url}/approvals`);
  await expect(page.getByRole("heading", { name: "Nothing waits for an answer" })).toBeVisible();
  await look();
  await askToPush(page, soma, await createPusher(soma));
  await look();
  await page.goto(`${soma.url}/approvals`);
  await card(page).focus();
  await page.keyboard.press("a");
  await expect(page.getByText("Run this call?")).toBeVisible();
  await look();
  await page.keyboard.press("Escape");
  await page.keyboard.press("d");
  await expect(page.getByRole("textbox", { name: "Reason for denying shell" })).toBeFocused();
  await look();
  await page.keyboard.press("Enter");
  await expect(card(page).getByText("Denied", { exact: true })).toBeVisible();
  await look();
}
