import type { Page } from "@playwright/test";
import { createScripted, expect, expectAccessible, expectFinished, expectFits, send, test } from "./fixtures";
import type { Soma } from "./soma";

const kPhone = { width: 360, height: 740 };
const kStrategies = [
  { semanticMemoryStrategy: { name: "Facts", namespaceTemplates: ["/facts/{actorId}/"] } },
  { userPreferenceMemoryStrategy: { name: "Tastes", namespaceTemplates: ["/tastes/{actorId}/"] } },
];

/** Makes a memory and returns its id. */
async function createMemory(soma: Soma, name = "Travel", memoryStrategies: object[] = kStrategies): Promise<string> {
  const body = { name, eventExpiryDuration: 30, memoryStrategies };
  const { memory } = await soma.call<{ memory: { id: string } }>("/memories/create", "POST", body);
  return memory.id;
}

/** Tells a memory what a person said, and returns the event's id. */
async function say(soma: Soma, memory: string, actorId: string, text: string, sessionId = "trip", more: object = {}): Promise<string> {
  const payload = [{ conversational: { content: { text }, role: "USER" } }];
  const body = { actorId, sessionId, eventTimestamp: Date.now() / 1_000, payload, ...more };
  const { event } = await soma.call<{ event: { eventId: string } }>(`/memories/${memory}/events`, "POST", body);
  return event.eventId;
}

const settle = (soma: Soma, memory: string) => soma.call(`/api/memories/${memory}/settle`, "POST", {});

/** What somebody with a model of their own writes into a memory. */
async function remember(soma: Soma, memory: string, ...texts: (string | object)[]): Promise<void> {
  const records = texts.map((text, index) => ({
    requestIdentifier: `r${index}`,
    namespaces: ["/written/"],
    content: { text: typeof text === "string" ? text : JSON.stringify(text) },
    timestamp: 1_760_000_000 + index,
  }));
  await soma.call(`/memories/${memory}/memoryRecords/batchCreate`, "POST", { records });
}

const events = (page: Page) => page.locator("li[data-event]");
const records = (page: Page) => page.locator("li[data-record]");
const record = (page: Page, text: string) => records(page).filter({ hasText: text });
const shortTerm = (page: Page) => page.getByRole("region", { name: "Short-term memory" });
const longTerm = (page: Page) => page.getByRole("region", { name: "Long-term memory" });

/** Opens a memory's page and waits until it is followed. */
async function open(page: Page, soma: Soma, memory: string, search = ""): Promise<void> {
  await page.goto(`${soma.url}/memory/${memory}${search}`);
  await expect(page.getByText("Live", { exact: true })).toBeVisible();
}

test("without a memory the room says how to make one", async ({ page, soma }) => {
  await page.goto(soma.url);
  await page.getByRole("link", { name: "Memory", exact: true }).click();
  await expect(page.getByRole("heading", { name: "No memory yet" })).toBeVisible();
  await expect(page.getByText("soma memory create")).toBeVisible();
  await expect(page.getByText("managedMemoryConfiguration")).toBeVisible();
});

test("the list says what each memory has, and leads to it", async ({ page, soma }) => {
  const memory = await createMemory(soma);
  await createMemory(soma, "Empty", []);
  await say(soma, memory, "anna", "I live in Lisbon.");
  await remember(soma, memory, "One.", "Two.");
  await settle(soma, memory);
  const { memory: counted } = await soma.call<{ memory: { records: number } }>(`/api/memories/${memory}`);
  await page.goto(`${soma.url}/memory`);
  const row = page.getByRole("row", { name: /Travel/ });
  await expect(row.locator("td")).toContainText(["Facts", "1", String(counted.records)]);
  await expect(page.getByRole("row", { name: /Empty/ }).locator("td")).toContainText(["none", "0", "0"]);
  await row.getByRole("link", { name: "Travel" }).click();
  await expect(page.getByRole("heading", { name: "Travel", level: 1 })).toBeVisible();
  await expect(events(page)).toHaveCount(1);
});

test("a memory is seen while it forms", async ({ page, soma }) => {
  const memory = await createMemory(soma);
  await open(page, soma, memory);
  await expect(page.getByText("Nothing was said yet.")).toBeVisible();
  await expect(page.getByText("Nothing is remembered yet.")).toBeVisible();
  await say(soma, memory, "anna", "I live in Lisbon.");
  await expect(events(page).first()).toContainText("I live in Lisbon.");
  await expect(events(page).first()).toContainText("anna");
  const fact = records(page).filter({ hasText: "Lisbon" }).filter({ hasText: "Fact" });
  await expect(fact).toBeVisible();
  await expect(fact).toHaveAttribute("data-fresh", "true");
  await say(soma, memory, "anna", "My brother Tom works at a bakery.");
  await expect(events(page).first()).toContainText("bakery");
  await expect(events(page)).toHaveCount(2);
  await expect(record(page, "bakery").first()).toBeVisible();
  // What was there before the page was opened is not new.
  await page.reload();
  await expect(fact).toHaveAttribute("data-fresh", "false");
});

test("each kind of record is shown by its parts", async ({ page, soma }) => {
  const memory = await createMemory(soma);
  await remember(
    soma,
    memory,
    "A plain <b>sentence</b>.",
    { context: "Said at the desk.", preference: "Prefers window seats", categories: ["travel", "seats"] },
    '<topic name="Locks &amp; Keys">\nuser: Is the door locked?\n</topic>',
    { situation: "At the desk.", intent: "Find the key", assessment: "Yes", justification: "It opened.", reflection: "Look first.", actions: [{ tool: "search", arguments: { where: "desk" }, status: "success" }] },
    { title: "search: where", use_cases: "Rooms", hints: "Desks come first", confidence: 0.7 },
  );
  await open(page, soma, memory);
  await expect(page.locator('[data-kind="text"]')).toContainText("A plain <b>sentence</b>.");
  await expect(page.locator('[data-kind="text"]')).toContainText("Written by a client");
  await expect(page.locator('[data-kind="preference"]')).toContainText(/Preference.*Prefers window seats.*Said at the desk\..*travel.*seats/s);
  await expect(page.getByRole("heading", { name: "Locks & Keys" })).toBeVisible();
  await expect(page.locator('[data-kind="topics"]')).toContainText("Is the door locked?");
  const episode = page.locator('[data-kind="episode"]');
  await expect(episode).toContainText(/Situation.*At the desk\..*Intent.*Find the key.*Achieved.*Yes: It opened\./s);
  await expect(episode.getByRole("list", { name: "Actions" })).toContainText('search {"where":"desk"}');
  await expect(page.locator('[data-kind="reflection"]')).toContainText(/search: where.*Desks come first.*0\.7/s);
});

test("filters show one actor, one session, one strategy, and the address says so", async ({ page, soma }) => {
  const memory = await createMemory(soma);
  await say(soma, memory, "anna", "I live in Lisbon.");
  await say(soma, memory, "anna", "I work at the harbour office.", "work");
  await say(soma, memory, "ben", "I live in Oslo.");
  await settle(soma, memory);
  await remember(soma, memory, "A note of the operator.");
  await open(page, soma, memory);
  await expect(events(page)).toHaveCount(3);
  await page.getByRole("combobox", { name: "Actor" }).selectOption("anna");
  await expect(events(page)).toHaveCount(2);
  await expect(record(page, "Oslo")).toHaveCount(0);
  await expect(record(page, "Lisbon").first()).toBeVisible();
  await page.getByRole("combobox", { name: "Session" }).selectOption("work");
  await expect(events(page)).toHaveCount(1);
  await expect(events(page)).toContainText("harbour");
  await expect(record(page, "Lisbon")).toHaveCount(0);
  await expect(page).toHaveURL(/actor=anna&session=work/);
  await page.reload();
  await expect(events(page)).toHaveCount(1);
  await page.getByRole("button", { name: "Show all" }).click();
  await expect(events(page)).toHaveCount(3);
  await page.getByRole("combobox", { name: "Strategy" }).selectOption("Written by a client");
  await expect(records(page)).toHaveCount(1);
  await expect(records(page)).toContainText("A note of the operator.");
});

test("a record points at the messages that say so", async ({ page, soma }) => {
  const memory = await createMemory(soma);
  const event = await say(soma, memory, "anna", "I live in Lisbon.");
  await say(soma, memory, "anna", "My brother Tom works at a bakery.");
  await settle(soma, memory);
  await open(page, soma, memory);
  const sources = record(page, "Lisbon").first().getByRole("button", { name: /source/ });
  const message = page.locator(`[data-source="${event}/0"]`);
  await sources.click();
  await expect(sources).toHaveAttribute("aria-pressed", "true");
  await expect(message).toHaveAttribute("data-marked", "true");
  await expect(page.locator('[data-marked="true"]')).toHaveCount(1);
  await sources.click();
  await expect(page.locator('[data-marked="true"]')).toHaveCount(0);
  // A source that the filters or the length of the list hide is found all the same.
  for (let each = 0; each < 120; each++) await say(soma, memory, "ben", `Number ${each}.`, "count", { extractionMode: "SKIP" });
  await expect(shortTerm(page).getByRole("button", { name: /Show more/ })).toBeVisible();
  await expect(message).toHaveCount(0);
  await page.getByRole("combobox", { name: "Strategy" }).selectOption("Facts");
  await sources.click();
  await expect(message).toHaveAttribute("data-marked", "true");
  await expect(message).toBeInViewport();
});

test("what is not true any more is marked, and leads to what is", async ({ page, soma }) => {
  const memory = await createMemory(soma);
  await say(soma, memory, "anna", "I live in Lisbon.");
  await settle(soma, memory);
  await open(page, soma, memory);
  const id = await record(page, "Lisbon").first().getAttribute("data-record");
  const old = page.locator(`[data-record="${id}"]`);
  await expect(old).toHaveAttribute("data-superseded", "false");
  await say(soma, memory, "anna", "I live in Porto.");
  await expect(old).toHaveAttribute("data-superseded", "true");
  await expect(old.getByText("Superseded", { exact: true })).toBeVisible();
  await old.getByRole("button", { name: /^Superseded by:.*Porto/ }).click();
  const now = page.locator('li[data-record][data-superseded="false"]').filter({ hasText: "Porto" }).first();
  await expect(now).toBeFocused();
  await now.getByRole("button", { name: /^Supersedes:.*Lisbon/ }).click();
  await expect(old).toBeFocused();
});

test("the memory is asked, and answers from both sides with scores", async ({ page, soma }) => {
  const memory = await createMemory(soma);
  await say(soma, memory, "anna", "I live in Lisbon.");
  await say(soma, memory, "ben", "I live in Oslo.");
  await settle(soma, memory);
  await open(page, soma, memory);
  await page.getByRole("searchbox", { name: "Ask the memory" }).fill("Who lives in Lisbon?");
  await page.keyboard.press("Enter");
  const answers = page.getByRole("region", { name: /^Answers/ });
  await expect(answers.getByRole("heading", { name: "Remembered" })).toBeVisible();
  await expect(answers.getByRole("listitem").filter({ hasText: "Lisbon" }).filter({ hasText: /score [01]\.\d\d/ }).first()).toBeVisible();
  await expect(answers.getByRole("heading", { name: "Said with anna" })).toBeVisible();
  await expect(answers).toContainText("I live in Lisbon.");
  await page.getByRole("combobox", { name: "What was said with" }).selectOption("ben");
  await expect(answers.getByRole("heading", { name: "Said with ben" })).toBeVisible();
  await answers.getByRole("button", { name: /^Show below: I live in Oslo/ }).click();
  await expect(page.locator('[data-marked="true"]')).toContainText("Oslo");
  await answers.getByRole("button", { name: "Close answers" }).click();
  await expect(answers).toBeHidden();
});

test("a record is forgotten after a question", async ({ page, soma }) => {
  const memory = await createMemory(soma);
  await remember(soma, memory, "A note to keep.", "A note to forget.");
  await open(page, soma, memory);
  await expect(records(page)).toHaveCount(2);
  const forget = page.getByRole("button", { name: "Forget record: A note to forget." });
  await forget.click();
  const dialog = page.getByRole("dialog", { name: "Forget this record?" });
  await expect(dialog).toContainText("A note to forget.");
  await dialog.getByRole("button", { name: "Keep" }).click();
  await expect(dialog).toBeHidden();
  await expect(records(page)).toHaveCount(2);
  await forget.click();
  await dialog.getByRole("button", { name: "Forget" }).click();
  await expect(dialog).toBeHidden();
  await expect(records(page)).toHaveCount(1);
  await expect(records(page)).toContainText("A note to keep.");
  const { memory: counted } = await soma.call<{ memory: { records: number } }>(`/api/memories/${memory}`);
  expect(counted.records).toBe(1);
});

test("an actor is forgotten, and the dialog says what goes along", async ({ page, soma }) => {
  const memory = await createMemory(soma);
  await say(soma, memory, "anna", "I live in Lisbon.");
  await say(soma, memory, "ben", "I live in Oslo.");
  await settle(soma, memory);
  await open(page, soma, memory);
  await expect(events(page)).toHaveCount(2);
  await expect(record(page, "Lisbon").first()).toBeVisible();
  await page.getByRole("button", { name: "Forget an actor" }).click();
  const dialog = page.getByRole("dialog", { name: "Forget an actor?" });
  await dialog.getByRole("combobox", { name: "Actor" }).fill("anna");
  await expect(dialog).toContainText(/1 event and \d+ records?/);
  await dialog.getByRole("button", { name: "Forget anna" }).click();
  await expect(page.getByText(/Forgotten of anna: 1 event and \d+ records?/)).toBeVisible();
  await expect(events(page)).toHaveCount(1);
  await expect(record(page, "Lisbon")).toHaveCount(0);
  await expect(record(page, "Oslo").first()).toBeVisible();
});

test("what is forgotten elsewhere goes from the page", async ({ page, soma }) => {
  const memory = await createMemory(soma);
  await say(soma, memory, "anna", "I live in Lisbon.");
  await settle(soma, memory);
  await open(page, soma, memory);
  await expect(events(page)).toHaveCount(1);
  await soma.call(`/api/memories/${memory}/actors/anna`, "DELETE");
  await expect(events(page)).toHaveCount(0);
  await expect(records(page)).toHaveCount(0);
});

test("the page follows on over kill -9 and a restart", async ({ page, soma }) => {
  const memory = await createMemory(soma);
  await say(soma, memory, "anna", "I live in Lisbon.");
  await open(page, soma, memory);
  await expect(events(page)).toHaveCount(1);
  await soma.kill();
  await expect(page.getByText("Reconnecting…")).toBeVisible();
  await soma.startAgain();
  await expect(page.getByText("Reconnecting…")).toBeHidden();
  await say(soma, memory, "anna", "My brother Tom works at a bakery.");
  await expect(events(page)).toHaveCount(2);
  await expect(events(page).first()).toContainText("bakery");
});

test("a memory that is not there is said to be missing", async ({ page, soma, complaints }) => {
  await page.goto(`${soma.url}/memory/nobody-0123456789`);
  await expect(page.getByRole("alert")).toContainText("There is no memory");
  expect(complaints.splice(0).filter((text) => !/status of 404/.test(text))).toEqual([]);
});

test("a conversation says what was recalled, what was kept, and leads to it", async ({ page, soma }) => {
  const memory = { managedMemoryConfiguration: { strategies: ["SEMANTIC"] } };
  const harness = await createScripted(soma, "rememberer", [{ text: "Nice to meet you." }], { memory });
  await page.goto(`${soma.url}/agents/${harness}`);
  await send(page, "I live in Lisbon.");
  await expectFinished(page);
  const turn = page.getByRole("article", { name: "Turn" });
  await expect(turn).toContainText(/Nothing was recalled for \w+/);
  await expect(turn).toContainText(/Kept in memory: 2 messages/);
  await page.getByRole("link", { name: "Journal", exact: true }).click();
  await expect(page.locator('li[data-type="memory.kept"]')).toContainText("2 messages");
  await page.goBack();
  await turn.getByRole("link", { name: "the event" }).click();
  await expect(page.locator('li[data-event][data-marked="true"]')).toContainText("I live in Lisbon.");
  await expect(record(page, "Lisbon").first()).toBeVisible();
  await page.goto(`${soma.url}/agents/${harness}`);
  await send(page, "Where do I live, in Lisbon?");
  await expectFinished(page);
  await turn.getByRole("button", { name: /^Recalled for/ }).click();
  await expect(turn).toContainText(/lives? in Lisbon/);
});

test("a conversation says plainly that memory failed", async ({ page, soma }) => {
  const id = await createMemory(soma, "Gone");
  const arn = (await soma.call<{ memory: { arn: string } }>(`/api/memories/${id}`)).memory.arn;
  const harness = await createScripted(soma, "lost", [{ text: "I go on." }], { memory: { agentCoreMemoryConfiguration: { arn } } });
  await soma.call(`/memories/${id}/delete`, "DELETE");
  await page.goto(`${soma.url}/agents/${harness}`);
  await send(page, "Hello");
  await expectFinished(page);
  await expect(page.getByText("Memory could not be asked.")).toBeVisible();
  await expect(page.getByText("What was said could not be kept in memory.")).toBeVisible();
});

test("the room is used with the keyboard alone", async ({ page, soma }) => {
  const memory = await createMemory(soma);
  const event = await say(soma, memory, "anna", "I live in Lisbon.");
  await settle(soma, memory);
  await remember(soma, memory, "A note to forget.");
  await open(page, soma, memory);
  await page.getByRole("searchbox", { name: "Ask the memory" }).focus();
  await page.keyboard.type("Lisbon");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("region", { name: /^Answers/ })).toBeVisible();
  await record(page, "Lisbon").first().getByRole("button", { name: /source/ }).last().focus();
  await page.keyboard.press("Enter");
  await expect(page.locator(`[data-source="${event}/0"]`)).toHaveAttribute("data-marked", "true");
  await page.getByRole("button", { name: "Forget record: A note to forget." }).focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("dialog")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("button", { name: "Forget record: A note to forget." })).toBeFocused();
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").getByRole("button", { name: "Forget" }).focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("dialog")).toBeHidden();
  await expect(record(page, "A note to forget.")).toHaveCount(0);
  await expect(longTerm(page)).toBeFocused();
});

test("on a phone one column is shown at a time, and sources lead to the other", async ({ page, soma }) => {
  await page.setViewportSize(kPhone);
  const memory = await createMemory(soma);
  const event = await say(soma, memory, "anna", "I live in Lisbon.");
  await settle(soma, memory);
  await open(page, soma, memory);
  await expect(longTerm(page)).toBeVisible();
  await expect(shortTerm(page)).toBeHidden();
  await expectFits(page);
  await record(page, "Lisbon").first().getByRole("button", { name: /source/ }).click();
  await expect(shortTerm(page)).toBeVisible();
  await expect(longTerm(page)).toBeHidden();
  await expect(page.locator(`[data-source="${event}/0"]`)).toBeFocused();
  await page.getByRole("button", { name: /^Long-term/ }).click();
  await expect(longTerm(page)).toBeVisible();
});

test("nothing outside the columns moves while they fill", async ({ page, soma }) => {
  const memory = await createMemory(soma);
  await open(page, soma, memory);
  await expect(page.getByText("Nothing was said yet.")).toBeVisible();
  const before = await longTerm(page).boundingBox();
  await say(soma, memory, "anna", `I live in Lisbon. ${"And so on. ".repeat(200)}`);
  await expect(records(page).first()).toBeVisible();
  expect(await longTerm(page).boundingBox()).toEqual(before);
});

for (const colorScheme of ["light", "dark"] as const) {
  for (const [place, size] of Object.entries({ "on a phone": kPhone, "on a desk": { width: 1280, height: 860 } })) {
    test(`the room is accessible in ${colorScheme} ${place}`, async ({ page, soma }) => {
      // The glow of what is new passes through colours that are no one's: axe looks at what stays.
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await page.setViewportSize(size);
      await lookAtEachState(page, soma, async () => {
        await expectFits(page);
        await expectAccessible(page);
      });
    });
  }
}

/** Goes through what the room looks like, from no memory to one that is asked and forgotten from. */
async function lookAtEachState(page: Page, soma: Soma, look: () => Promise<void>): Promise<void> {
  await page.goto(`${soma.url}/memory`);
  await expect(page.getByRole("heading", { name: "No memory yet" })).toBeVisible();
  await look();
  const memory = await createMemory(soma);
  await page.reload();
  await expect(page.getByRole("link", { name: "Travel" })).toBeVisible();
  await look();
  await open(page, soma, memory);
  await expect(page.getByText("Nothing is remembered yet.")).toBeVisible();
  await look();
  await remember(soma, memory, { title: "search: where", hints: "Desks come first", confidence: 0.7 }, { preference: "Prefers window seats", context: "Said.", categories: ["travel"] });
  await say(soma, memory, "anna", "I live in Lisbon.");
  await settle(soma, memory);
  await say(soma, memory, "anna", "I live in Porto.");
  await expect(page.locator('[data-superseded="true"]').first()).toBeVisible();
  await look();
  await record(page, "lives in Porto").first().getByRole("button", { name: /source/ }).click();
  await expect(page.locator('[data-marked="true"]')).toHaveCount(1);
  await page.getByRole("searchbox", { name: "Ask the memory" }).fill("Where does Anna live?");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Said with anna" })).toBeVisible();
  await expect(page.getByRole("button", { name: /^Show below/ }).first()).toBeVisible();
  await look();
  await page.getByRole("button", { name: "Forget an actor" }).click();
  await page.getByRole("dialog").getByRole("combobox", { name: "Actor" }).fill("anna");
  await look();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toBeHidden();
}
