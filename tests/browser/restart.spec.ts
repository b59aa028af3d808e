import type { Locator } from "@playwright/test";
import { expect, expectEachEventOnce, expectFinished, expectPicture, onlySession, send, Speech, test } from "./fixtures";

interface Message {
  role: string;
  content: { text?: string }[];
}

/** All that a turn shows but what its tools printed, which an answer may repeat. */
function saidIn(turn: Locator): Promise<string> {
  return turn.evaluate((element) => {
    const copy = element.cloneNode(true) as Element;
    for (const card of copy.querySelectorAll("[data-tool]")) card.remove();
    return copy.textContent ?? "";
  });
}

/** What a model says, and how much of it the server hears before it is killed. */
const kPieces = Array.from({ length: 100 }, (_, index) => `piece-${index + 1} `);
const kHeard = 20;

/** Enough of an answer's end to know it by. */
const kEndingLetters = 60;

/** What is left when spaces and markup are not: the same in an answer's Markdown and on the page. */
function letters(text: string): string {
  return text.replace(/[^\p{L}\p{N}]/gu, "");
}

test("the same conversation finishes after kill -9 and a restart, with nothing lost or shown twice", async ({
  page,
  soma,
  harness,
}) => {
  await page.goto(`${soma.url}/agents/${harness}`);
  await send(page, "Run `for i in $(seq 1 100); do echo piece-$i; sleep 0.2; done`");
  await expect(page.getByRole("region", { name: "Output of shell" })).toContainText("piece-4");
  const address = page.url();
  await soma.kill();
  await expect(page.getByText("Reconnecting…")).toBeVisible();
  await expect(page.getByRole("region", { name: "Output of shell" })).toContainText("piece-4");
  await soma.startAgain();
  await expect(page.getByText("Reconnecting…")).toBeHidden();
  await expect(page.getByText(/Server restarted; the work went on/)).toBeVisible();
  await expectFinished(page);

  expect(page.url()).toBe(address);
  await expect(page.getByRole("article", { name: "Turn" })).toHaveCount(1);
  await expect(page.locator("[data-tool=shell]")).toHaveCount(1);
  const { runId, sessionId } = await onlySession(soma, harness);
  const { messages } = await soma.call<{ messages: Message[] }>(`/api/sessions/${harness}/${sessionId}`);
  const ending = letters(messages.at(-1)?.content.find(({ text }) => text)?.text ?? "").slice(-kEndingLetters);
  expect(ending).not.toBe("");
  const turn = page.getByRole("article", { name: "Turn" });
  const afterRestart = await turn.innerText();
  expect(letters(await saidIn(turn)).split(ending)).toHaveLength(2);
  await page.reload();
  await expectFinished(page);
  await expect.poll(() => turn.innerText()).toBe(afterRestart);

  await page.getByRole("link", { name: "Journal", exact: true }).click();
  await expect(page.locator('li[data-type="invocation.resumed"]')).toHaveCount(1);
  await expectEachEventOnce(page, soma, runId);
});

test("an answer cut by kill -9 is asked again and shown whole, the cut one beside it", async ({ page, soma }) => {
  const speech = await Speech.start(kPieces, kHeard);
  await page.goto(`${soma.url}/agents/${await speech.createSpeaker(soma)}`);
  await send(page, "Speak");
  const turn = page.getByRole("article", { name: "Turn" });
  await expect(turn).toContainText("piece-20");
  await soma.kill();
  await expect(page.getByText("Reconnecting…")).toBeVisible();
  await expect(turn).toContainText("piece-20");
  await soma.startAgain();
  await expectFinished(page);
  await expect(turn.getByText("Interrupted before it was finished, and asked again")).toBeVisible();
  const answer = await turn.locator("[data-step=done]").innerText();
  expect(answer.trim()).toBe(kPieces.join("").trim());
  await turn.getByRole("button", { name: /^Interrupted/ }).press("Enter");
  await expect(turn.locator("[data-step=interrupted]")).toContainText("piece-1 piece-2 ");
  speech.stop();
});

test("an agent whose browser went down with the server goes on with the page it had open", async ({
  page,
  soma,
  browserAgent,
}) => {
  await page.goto(`${soma.url}/agents/${browserAgent}`);
  await send(page, `Go to ${soma.siteUrl}/catalogue.html, then run \`echo begun; sleep 30\`, then take a screenshot`);
  await expect(page.getByRole("region", { name: "Output of shell" })).toContainText("begun");
  await soma.kill();
  await soma.startAgain();
  await expectFinished(page);
  await expect(page.locator("[data-tool]")).toHaveCount(3);
  await expect(page.locator("[data-tool=browser][data-state=success]")).toHaveCount(2);
  await expect(page.getByRole("region", { name: "Output of browser" }).last()).toContainText("/catalogue.html was opened again");
  await expectPicture(page.getByRole("button", { name: /^Enlarge/ }).locator("img"));
});

test("a journal page that lives through a restart has each event once", async ({ page, soma }) => {
  const speech = await Speech.start(kPieces, kHeard);
  const speaker = await speech.createSpeaker(soma);
  await page.goto(`${soma.url}/agents/${speaker}`);
  await send(page, "Speak");
  await expect(page.getByRole("article", { name: "Turn" })).toContainText("piece-5 ");
  await page.getByRole("link", { name: "Journal", exact: true }).click();
  await expect(page.locator('li[data-type="stream"]').last()).toContainText("piece-10 ");
  await soma.kill();
  await expect(page.getByText("Reconnecting…")).toBeVisible();
  await soma.startAgain();
  await expect(page.locator('li[data-type="invocation.finished"]')).toBeVisible({ timeout: 30_000 });
  await expect(page.locator('li[data-type="invocation.resumed"]')).toHaveCount(1);
  await expectEachEventOnce(page, soma, (await onlySession(soma, speaker)).runId);
  speech.stop();
});

test("a prompt sent while the server is away arrives once it is back, and once only", async ({ page, soma, harness }) => {
  await page.goto(`${soma.url}/agents/${harness}`);
  await send(page, "Run `echo before-the-outage`");
  await expectFinished(page);
  await soma.kill();
  await send(page, "Run `echo after-the-outage`");
  await expect(page.getByText("The server does not answer. Sending again…")).toBeVisible();
  await soma.startAgain();
  await expectFinished(page, 1);
  await expect(page.getByRole("article", { name: "Turn" })).toHaveCount(2);
  const { runId } = await onlySession(soma, harness);
  const { events } = await soma.call<{ events: { type: string }[] }>(`/api/runs/${encodeURIComponent(runId)}/events`);
  expect(events.filter(({ type }) => type === "invocation.started")).toHaveLength(2);
});

test("a server that leaves while nothing runs costs the page nothing", async ({ page, soma, harness }) => {
  await page.goto(`${soma.url}/agents/${harness}`);
  await send(page, "Run `echo all-quiet`");
  await expectFinished(page);
  const before = await page.getByRole("article", { name: "Turn" }).innerText();
  await soma.kill();
  await expect(page.getByText("Reconnecting…")).toBeVisible();
  await soma.startAgain();
  await expect(page.getByText("Reconnecting…")).toBeHidden();
  await expect.poll(() => page.getByRole("article", { name: "Turn" }).innerText()).toBe(before);
});
