import AxeBuilder from "@axe-core/playwright";
import { test as base, expect, type Page } from "@playwright/test";
import { Soma } from "./soma";

export { expect };

export interface Session {
  runId: string;
  sessionId: string;
  status: string;
}

interface Fixtures {
  /** A fresh soma for each test. */
  soma: Soma;
  /** The id of a harness named `tester` on the built-in model. */
  harness: string;
}

export const test = base.extend<Fixtures>({
  soma: async ({}, use) => {
    const soma = await Soma.start();
    await use(soma);
    await soma.remove();
  },
  harness: async ({ soma }, use) => {
    const { sandbox } = await soma.call<{ sandbox: { available: boolean } }>("/api/status");
    const { harness } = await soma.call<{ harness: { harnessId: string } }>("/harnesses", "POST", {
      harnessName: "tester",
      model: { provider: "reflex" },
      systemPrompt: "You test the console.",
      // A machine that cannot isolate still tests the console.
      ...(sandbox.available ? {} : { sandbox: "none" }),
    });
    await use(harness.harnessId);
  },
});

/** Writes a prompt and sends it with the keyboard. */
export async function send(page: Page, prompt: string): Promise<void> {
  await page.getByRole("textbox", { name: "Prompt" }).fill(prompt);
  await page.keyboard.press("Enter");
}

/** The turn at `index` is over, and well. */
export async function expectFinished(page: Page, index = 0): Promise<void> {
  await expect(page.getByRole("article", { name: "Turn" }).nth(index).getByText("Finished", { exact: true })).toBeVisible({
    timeout: 45_000,
  });
}

/** The page has no accessibility fault that axe can find. */
export async function expectAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const faults = violations.map(({ id, help, nodes }) => `${id}: ${help}\n  ${nodes.map((node) => node.html).join("\n  ")}`);
  expect(faults).toEqual([]);
}

/** The one session of a harness. */
export async function onlySession(soma: Soma, harness: string): Promise<Session> {
  const { sessions } = await soma.call<{ sessions: Session[] }>(`/api/sessions?harness=${harness}`);
  expect(sessions).toHaveLength(1);
  return sessions[0] as Session;
}

/** The seqs that the journal page shows, each as often as it is shown. */
export async function shownSeqs(page: Page): Promise<number[]> {
  const labels = await page.locator("li[data-seq] > button > span:first-child").allInnerTexts();
  return labels.flatMap((label) => {
    const [first = 0, last = first] = label.split("–").map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
}
