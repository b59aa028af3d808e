import type { Locator, Page } from "@playwright/test";
import { answerActivity, createActivity, createMachine, expect, startExecution, test } from "./fixtures";

const pass = { Type: "Pass", End: true };
const invoke = (name: string) => ({ Type: "Task", Resource: "arn:aws:states:::lambda:invoke", Parameters: { FunctionName: name, "Payload.$": "$" } });
const retryOnce = [{ ErrorEquals: ["States.ALL"], IntervalSeconds: 1, MaxAttempts: 1 }];

/** A machine with each shape that a graph has. */
const shapes = {
  Check: { Type: "Choice", Choices: [{ Variable: "$.total", NumericGreaterThan: 100, Next: "Rest" }], Default: "Note" },
  Rest: { Type: "Wait", Seconds: 1, Next: "Both" },
  Note: { Type: "Pass", Assign: { "who.$": "$.who" }, Next: "Both" },
  Both: {
    Type: "Parallel",
    Branches: [
      { StartAt: "Left", States: { Left: pass } },
      {
        StartAt: "Right",
        States: { Right: { ...invoke("broken"), Retry: retryOnce, Catch: [{ ErrorEquals: ["States.ALL"], Next: "Mend" }], End: true }, Mend: pass },
      },
    ],
    Next: "Each",
  },
  Each: { Type: "Map", ItemProcessor: { StartAt: "Item", States: { Item: pass } }, Next: "Done" },
  Done: { Type: "Succeed" },
};

test.use({ functions: { broken: { throw: { error: "Own.Error", cause: "it is broken" } } } });

const state = (page: Page, name: string): Locator => page.locator(`[data-state="${name}"]`);

/** Waits until the graph says how a state stands. */
async function expectState(page: Page, name: string, status: string): Promise<void> {
  await expect(state(page, name)).toHaveAttribute("data-status", status);
}

test("an empty server tells how to make a workflow", async ({ page, soma }) => {
  await page.goto(`${soma.url}/workflows`);
  await expect(page.getByRole("heading", { name: "No workflow yet" })).toBeVisible();
  await expect(page.getByText("aws stepfunctions create-state-machine")).toBeVisible();
});

test("lists machines with their type, versions and aliases, and leads to one", async ({ page, soma }) => {
  await createMachine(soma, "orders", shapes, { publish: true });
  await createMachine(soma, "quick", { Only: pass }, { type: "EXPRESS" });
  await soma.call("/api/workflow/machines/orders/aliases", "POST", { name: "live", routes: [{ version: 1, weight: 100 }] });
  await page.goto(soma.url);
  await page.getByRole("link", { name: "Workflows" }).click();
  await expect(page.getByRole("row", { name: /quick/ })).toContainText("Express");
  await expect(page.getByRole("row", { name: /orders/ }).getByRole("cell")).toContainText(["Standard", "1", "1", /now|ago/]);
  await page.getByRole("link", { name: "orders" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "orders" })).toBeVisible();
});

test("a definition is a graph: nested, with its conditions, a Catch dashed", async ({ page, soma }) => {
  await createMachine(soma, "orders", shapes);
  await page.goto(`${soma.url}/workflows/orders`);
  const graph = page.getByRole("group", { name: "Graph of orders" });
  await expect(graph.locator("[data-state]")).toHaveCount(10);
  await expect(graph.getByText("$.total > 100")).toBeVisible();
  await expect(graph.getByText("otherwise")).toBeVisible();
  await expect(graph.getByText("any error")).toBeVisible();
  await expect(graph.getByText("Branch 2")).toBeVisible();
  await expect(graph.getByText("Each item")).toBeVisible();
  const outer = await state(page, "Both").boundingBox();
  const inner = await state(page, "Mend").boundingBox();
  if (!outer || !inner) throw new Error("a state is not drawn");
  expect(inner.x > outer.x && inner.y > outer.y && inner.x + inner.width < outer.x + outer.width).toBe(true);
  const dashes = await graph.locator("path").evaluateAll((paths) => paths.filter((path) => getComputedStyle(path).strokeDasharray !== "none").length);
  expect(dashes).toBe(1);
  await graph.getByRole("button", { name: /^Check/ }).click();
  await expect(page.getByRole("region", { name: "state Check" })).toContainText("NumericGreaterThan");
});

test("the states take their colours while the execution runs", async ({ page, soma }) => {
  const activity = await createActivity(soma, "asks");
  const ask = { Type: "Task", Resource: activity, Next: "Last" };
  await createMachine(soma, "asking", { First: { Type: "Pass", Next: "Ask" }, Ask: ask, Last: { Type: "Succeed" } });
  await startExecution(soma, "asking", "one", { question: "why?" });
  await page.goto(`${soma.url}/workflows/asking/executions/one`);
  await expectState(page, "First", "succeeded");
  await expectState(page, "Ask", "running");
  await expect(state(page, "Last")).not.toHaveAttribute("data-status");
  await answerActivity(soma, activity, { answer: 42 });
  await expectState(page, "Ask", "succeeded");
  await expectState(page, "Last", "succeeded");
  await expect(page.getByText("succeeded", { exact: true }).first()).toBeVisible();
  await expect(page.locator('[data-event="ExecutionSucceeded"]')).toContainText('{"answer":42}');
});

test("an execution is followed through a kill of the server", async ({ page, soma }) => {
  const activity = await createActivity(soma, "asks");
  await createMachine(soma, "asking", { Ask: { Type: "Task", Resource: activity, End: true } });
  await startExecution(soma, "asking", "one");
  await page.goto(`${soma.url}/workflows/asking/executions/one`);
  await expectState(page, "Ask", "running");
  await soma.kill();
  await expect(page.getByText("Reconnecting…")).toBeVisible();
  await soma.startAgain();
  await answerActivity(soma, activity, {});
  await expectState(page, "Ask", "succeeded");
  await expect(page.getByText("Reconnecting…")).toBeHidden();
});

test("a state tells its input, output, variables, retries and events, visit for visit", async ({ page, soma }) => {
  await createMachine(soma, "orders", shapes);
  await startExecution(soma, "orders", "one", { total: 5, who: "Ann" });
  await page.goto(`${soma.url}/workflows/orders/executions/one`);
  await expectState(page, "Right", "caught");
  await expectState(page, "Done", "succeeded");
  await expect(state(page, "Right")).toContainText("1 retry");
  await expect(state(page, "Item")).toContainText("×2");
  await state(page, "Note").getByRole("button").click();
  const panel = page.getByRole("region", { name: "State Note" });
  await expect(panel.getByRole("region", { name: "input" })).toContainText('"total": 5');
  await expect(panel.getByRole("region", { name: "variables" })).toContainText('"who": "Ann"');
  await panel.getByRole("button", { name: "2 events" }).click();
  await expect(panel.locator("[data-event]")).toHaveCount(2);
  await panel.getByRole("button", { name: "Close Note" }).click();
  await expect(page.getByRole("region", { name: "Input and output of the execution" })).toBeVisible();
  await state(page, "Right").getByRole("button").click();
  await expect(page.getByRole("region", { name: "State Right" })).toContainText("it is broken");
  await page.reload();
  await expect(page.getByRole("region", { name: "State Right" })).toContainText("Own.Error");
  await state(page, "Item").getByRole("button").click();
  const item = page.getByRole("region", { name: "State Item" });
  await expect(item).toContainText("visit 2 of 2");
  await item.getByRole("button", { name: "Before" }).click();
  await expect(item).toContainText("visit 1 of 2");
});

test("an execution is stopped and redriven, after a question each", async ({ page, soma }) => {
  const activity = await createActivity(soma, "asks");
  await createMachine(soma, "asking", { Ask: { Type: "Task", Resource: activity, End: true } });
  await startExecution(soma, "asking", "one");
  await page.goto(`${soma.url}/workflows/asking/executions/one`);
  await expectState(page, "Ask", "running");
  await page.getByRole("button", { name: "Stop" }).click();
  await page.getByRole("dialog").getByLabel("Why").fill("not needed");
  await page.getByRole("dialog").getByRole("button", { name: "Stop execution" }).click();
  await expectState(page, "Ask", "aborted");
  await expect(page.getByRole("group", { name: "How it ended" })).toContainText("not needed");
  await page.getByRole("button", { name: "Redrive" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Redrive execution" }).click();
  await expectState(page, "Ask", "running");
  await answerActivity(soma, activity, {});
  await expectState(page, "Ask", "succeeded");
});

test("parent and child lead to each other, under one correlation id", async ({ page, soma }) => {
  await createMachine(soma, "kid", { Only: pass });
  const start = { Type: "Task", Resource: "arn:aws:states:::states:startExecution.sync:2", End: true };
  const kid = "arn:aws:states:us-east-1:000000000000:stateMachine:kid";
  await createMachine(soma, "boss", { Ask: { ...start, Parameters: { StateMachineArn: kid, Name: "errand", Input: {} } } });
  await startExecution(soma, "boss", "one");
  await page.goto(`${soma.url}/workflows/boss/executions/one`);
  await expectState(page, "Ask", "succeeded");
  const row = page.getByRole("region", { name: "Related executions" }).getByRole("row", { name: /errand/ });
  await expect(row).toContainText("child");
  await row.getByRole("link").click();
  await expect(page.getByRole("heading", { level: 1, name: "errand" })).toBeVisible();
  await expect(page.getByText("execution:boss:one")).toBeVisible();
  await page.getByRole("link", { name: "boss / one" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "one" })).toBeVisible();
});

test("executions are filtered by status, alias and the beginning of the name", async ({ page, soma }) => {
  const fails = { Variable: "$.fail", BooleanEquals: true, Next: "No" };
  const states = { Try: { Type: "Choice", Choices: [fails], Default: "Yes" }, Yes: { Type: "Succeed" }, No: { Type: "Fail", Error: "E" } };
  await createMachine(soma, "mixed", states, { publish: true });
  await soma.call("/api/workflow/machines/mixed/aliases", "POST", { name: "live", routes: [{ version: 1, weight: 100 }] });
  await startExecution(soma, "mixed", "day-1", { fail: false });
  await startExecution(soma, "mixed", "day-2", { fail: true });
  await startExecution(soma, "mixed:live", "night-1", { fail: true });
  await page.goto(`${soma.url}/workflows/mixed/executions`);
  const rows = page.locator("tbody tr");
  await expect(rows).toHaveCount(3);
  await page.getByLabel("Status").selectOption("failed");
  await expect(rows).toHaveCount(2);
  await page.getByLabel("Name begins with").pressSequentially("day-");
  await expect(rows).toHaveCount(1);
  await expect(rows).toContainText("day-2");
  await page.reload();
  await expect(rows).toHaveCount(1);
  await expect(page.getByLabel("Name begins with")).toHaveValue("day-");
  await page.getByRole("button", { name: "Show all" }).click();
  await expect(rows).toHaveCount(3);
  await page.getByLabel("Version or alias").selectOption("live");
  await expect(rows).toHaveCount(1);
  await expect(rows).toContainText("live · version 1");
});

test("older executions come when they are asked for", async ({ page, soma }) => {
  await createMachine(soma, "many", { Only: pass });
  for (let count = 1; count <= 55; count++) await startExecution(soma, "many", `run-${count}`);
  await page.goto(`${soma.url}/workflows/many/executions`);
  const rows = page.locator("tbody tr");
  await expect(rows).toHaveCount(50);
  await page.getByRole("button", { name: "Show more" }).click();
  await expect(rows).toHaveCount(55);
});

test("an execution is started from the page", async ({ page, soma }) => {
  await createMachine(soma, "greet", { Greet: pass });
  await page.goto(`${soma.url}/workflows/greet`);
  await page.getByRole("button", { name: "Start" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox", { name: "Input" }).fill("{");
  await expect(dialog.getByRole("alert")).toContainText("no JSON");
  await dialog.getByRole("textbox", { name: "Input" }).fill('{"who": "world"}');
  await dialog.getByLabel(/^Name/).fill("by-hand");
  await dialog.getByRole("button", { name: "Start" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "by-hand" })).toBeVisible();
  await expectState(page, "Greet", "succeeded");
});

test("a version is published, and an alias shares between two", async ({ page, soma }) => {
  await createMachine(soma, "greet", { Greet: pass }, { publish: true });
  const definition = { StartAt: "Greet", States: { Greet: { Type: "Succeed" } } };
  await soma.call("/api/workflow/machines/greet", "PATCH", { definition });
  await page.goto(`${soma.url}/workflows/greet/versions`);
  await page.getByRole("button", { name: "Publish version" }).click();
  await page.getByRole("dialog").getByLabel("Description").fill("shorter");
  await page.getByRole("dialog").getByRole("button", { name: "Publish" }).click();
  await expect(page.getByRole("row", { name: /shorter/ })).toContainText("present");
  await expect(page.getByRole("button", { name: "Publish version" })).toBeDisabled();

  await page.getByRole("button", { name: "New alias" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill("live");
  await dialog.getByLabel("Leads to").selectOption("version 1");
  await dialog.getByRole("button", { name: "Save" }).click();
  const alias = page.getByRole("listitem", { name: "Alias live" });
  await expect(alias).toContainText("version 1 · 100 %");

  await alias.getByRole("button", { name: "Edit weights of live" }).click();
  await dialog.getByLabel("The rest to").selectOption("version 2");
  const share = dialog.getByRole("slider", { name: "Share of version 1" });
  await share.focus();
  for (let step = 0; step < 10; step++) await page.keyboard.press("ArrowLeft");
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(alias).toContainText("version 1 · 90 %");
  await expect(alias).toContainText("version 2 · 10 %");
  const { aliases } = await soma.call<{ aliases: { routes: object[] }[] }>("/api/workflow/machines/greet/aliases");
  expect(aliases[0]?.routes).toEqual([{ version: 1, weight: 90 }, { version: 2, weight: 10 }]);
});

test("the editor says what is wrong at its line, and saves what is right", async ({ page, soma }) => {
  await createMachine(soma, "greet", { Greet: { Type: "Pass", Next: "Bye" }, Bye: { Type: "Succeed" } });
  await page.goto(`${soma.url}/workflows/greet/edit`);
  const editor = page.getByRole("textbox", { name: "Definition" });
  const diagnostics = page.getByRole("region", { name: "Diagnostics" });
  await expect(diagnostics.getByText("Valid", { exact: true })).toBeVisible();
  const good = await editor.inputValue();
  await editor.fill(good.replace('"Bye"', '"Nowhere"'));
  await expect(diagnostics.getByText("Not valid")).toBeVisible();
  const line = diagnostics.getByRole("button", { name: /MISSING_TRANSITION_TARGET/ }).first();
  await expect(line).toContainText(/^6:/);
  await expect(line).toContainText("/States/Greet");
  await line.click();
  await expect(editor).toBeFocused();
  expect(await editor.evaluate((area: HTMLTextAreaElement) => area.value.slice(area.selectionStart, area.selectionEnd))).toContain("Nowhere");
  await editor.fill(good.replaceAll("Bye", "Farewell"));
  await expect(diagnostics.getByText("Valid", { exact: true })).toBeVisible();
  await expect(state(page, "Farewell")).toBeVisible();
  await editor.press("Control+s");
  await expect(page.getByText("saved", { exact: true })).toBeVisible();
  const { machine } = await soma.call<{ machine: { definition: string } }>("/api/workflow/machines/greet");
  expect(machine.definition).toBe(good.replaceAll("Bye", "Farewell"));
});

test("what is no JSON keeps its graph, and a text that was not saved is not lost by a wrong click", async ({ page, soma }) => {
  await createMachine(soma, "greet", { Greet: pass });
  await page.goto(`${soma.url}/workflows/greet/edit`);
  const editor = page.getByRole("textbox", { name: "Definition" });
  await expect(state(page, "Greet")).toBeVisible();
  await editor.fill("{\n  oops");
  await expect(page.getByRole("button", { name: /INVALID_JSON_DESCRIPTION/ })).toContainText(/^2:/);
  await expect(state(page, "Greet")).toBeVisible();
  await page.getByRole("link", { name: "Executions" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Stay" }).click();
  await expect(editor).toHaveValue("{\n  oops");
  await page.getByRole("link", { name: "Executions" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Leave" }).click();
  await expect(page).toHaveURL(`${soma.url}/workflows/greet/executions`);
});

/** Answers the tests of states in the server's place; returns what was asked. */
async function answerTests(page: Page, url: string, status: number, answer: object): Promise<Record<string, unknown>[]> {
  const asked: Record<string, unknown>[] = [];
  await page.route(`${url}/`, async (route) => {
    const request = route.request();
    if (request.method() !== "POST" || request.headers()["x-amz-target"] !== "AWSStepFunctions.TestState") return route.fallback();
    asked.push(request.postDataJSON() as Record<string, unknown>);
    return route.fulfill({ status, contentType: "application/x-amz-json-1.0", body: JSON.stringify(answer) });
  });
  return asked;
}

test("a single state is tested with an answer that was written, step for step", async ({ page, soma }) => {
  const charge = { ...invoke("charge"), ResultSelector: { "paid.$": "$.Payload.paid" }, Next: "Done" };
  await createMachine(soma, "orders", { Charge: charge, Done: { Type: "Succeed" } });
  const inspectionData = {
    input: '{"total":5}',
    afterParameters: '{"FunctionName":"charge"}',
    result: '{"Payload":{"paid":true}}',
    afterResultSelector: '{"paid":true}',
  };
  const answer = { status: "SUCCEEDED", output: '{"paid":true}', nextState: "Done", inspectionData };
  const asked = await answerTests(page, soma.url, 200, answer);
  await page.goto(`${soma.url}/workflows/orders/edit`);
  const form = page.getByRole("region", { name: "Test a state" });
  await expect(form.getByLabel("State", { exact: true })).toHaveValue("Charge");
  await form.getByRole("textbox", { name: "Input of the state" }).fill('{"total": 5}');
  await form.getByLabel("Answer").selectOption("a result");
  await form.getByRole("textbox", { name: "Result" }).fill('{"Payload": {"paid": true}}');
  await form.getByRole("button", { name: "Test" }).click();
  const result = form.getByRole("region", { name: "Result of the test" });
  await expect(result).toContainText("succeeded");
  await expect(result).toContainText("next is Done");
  await expect(result.getByRole("heading")).toHaveText(["output", "input", "after parameters", "result", "after result selector"]);
  expect(asked).toEqual([expect.objectContaining({ stateName: "Charge", inspectionLevel: "TRACE", mock: { result: '{"Payload": {"paid": true}}' } })]);
});

test("a test that is refused says why", async ({ page, soma, complaints }) => {
  await createMachine(soma, "greet", { Greet: { Type: "Pass", Next: "Bye" }, Bye: { Type: "Succeed" } });
  await answerTests(page, soma.url, 400, { __type: "ValidationException", message: "the mock does not fit the state" });
  await page.goto(`${soma.url}/workflows/greet/edit`);
  const form = page.getByRole("region", { name: "Test a state" });
  await state(page, "Bye").getByRole("button").click();
  await expect(form.getByLabel("State", { exact: true })).toHaveValue("Bye");
  await form.getByLabel("Answer").selectOption("an error");
  await form.getByRole("button", { name: "Test" }).click();
  await expect(form.getByRole("alert")).toContainText("The mock does not fit the state");
  expect(complaints.splice(0)).toEqual([expect.stringContaining("status of 400")]);
});
