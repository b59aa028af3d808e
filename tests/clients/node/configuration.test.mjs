// What a harness is governed by, through the SDK: truncation, inline functions, hooks; and what an update clears.
import assert from "node:assert/strict";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import {
  CreateHarnessCommand,
  GetHarnessCommand,
  UpdateHarnessCommand,
  ValidationException,
  paginateListHarnesses,
} from "@aws-sdk/client-bedrock-agentcore-control";
import { control, createHarness, createOwnHarness, http, newName, reflex, roleArn } from "./soma.mjs";

const get = async ({ harnessId }) => (await control.send(new GetHarnessCommand({ harnessId }))).harness;
const update = async ({ harnessId }, change) =>
  (await control.send(new UpdateHarnessCommand({ harnessId, ...change }))).harness;
const isRefusal = (words) => (error) => {
  assert.ok(error instanceof ValidationException, `${error}`);
  assert.match(error.message, words);
  return true;
};

const window = (messagesCount) => ({
  strategy: "sliding_window",
  config: { slidingWindow: { messagesCount } },
});
const summary = {
  strategy: "summarization",
  config: {
    summarization: {
      summaryRatio: 0.5,
      preserveRecentMessages: 4,
      summarizationSystemPrompt: "Keep every name.",
    },
  },
};
const inputSchema = {
  type: "object",
  required: ["question"],
  properties: { question: { type: "string" }, choices: { type: "array", items: { type: "string" } } },
};
const inlineFunction = (name, description = `Asks about ${name}.`) => ({
  type: "inline_function",
  name,
  config: { inlineFunction: { description, inputSchema } },
});
const webhook = { webhook: { url: "http://127.0.0.1:9/hook", secret: "env:NOBODY", timeoutSeconds: 5 } };

test("truncation is a union that comes back as it was set", async () => {
  for (const truncation of [{ strategy: "none" }, window(12), summary]) {
    const made = await createHarness(reflex, { truncation });
    assert.deepEqual(made.truncation, truncation);
    assert.deepEqual((await get(made)).truncation, truncation);
  }
});

test("a strategy without its values is answered with the values that hold", async () => {
  assert.deepEqual(
    (await createHarness(reflex, { truncation: { strategy: "sliding_window" } })).truncation,
    window(40),
  );
  const { truncation } = await createHarness(reflex, { truncation: { strategy: "summarization" } });
  assert.deepEqual(truncation.config.summarization, { summaryRatio: 0.3, preserveRecentMessages: 10 });
});

test("an update replaces the truncation as a whole", async () => {
  const made = await createHarness(reflex, { truncation: summary, maxIterations: 5 });
  const updated = await update(made, { truncation: window(3) });
  assert.deepEqual(updated.truncation, window(3));
  assert.equal(updated.maxIterations, 5);
  assert.deepEqual((await update(made, { maxIterations: 6 })).truncation, window(3));
  assert.deepEqual((await update(made, { truncation: { strategy: "none" } })).truncation, {
    strategy: "none",
  });
  // The values of the first version are not in the way of the last one's.
  const { truncation } = await update(made, { truncation: { strategy: "summarization" } });
  assert.equal(truncation.config.summarization.summarizationSystemPrompt, undefined);
});

test("a truncation that says two things is refused, and changes nothing", async () => {
  const made = await createHarness(reflex, { truncation: window(12) });
  const refused = [
    [{ strategy: "none", config: window(3).config }, /does not belong to the strategy "none"/],
    [{ strategy: "sliding_window", config: summary.config }, /summarization.*does not belong/],
    [window(0), /from 1 to/],
    [{ strategy: "summarization", config: { summarization: { summaryRatio: 0.9 } } }, /summaryRatio.*0\.8/],
    [{ strategy: "newest" }, /strategy/],
  ];
  for (const [truncation, words] of refused)
    await assert.rejects(update(made, { truncation }), isRefusal(words), JSON.stringify(truncation));
  const kept = await get(made);
  assert.deepEqual(kept.truncation, window(12));
  assert.equal(kept.harnessVersion, "1");
});

test("an inline function comes back with its schema", async () => {
  const tools = [inlineFunction("ask_user"), inlineFunction("pick", "Lets the user pick.")];
  const made = await createHarness(reflex, { tools });
  assert.deepEqual(made.tools, tools);
  assert.deepEqual((await get(made)).tools, tools);
});

test("an inline function without what the model needs is refused", async () => {
  const without = (key) => {
    const tool = inlineFunction("ask_user");
    delete tool.config.inlineFunction[key];
    return [tool];
  };
  const refused = [
    [without("description"), /description/],
    [without("inputSchema"), /inputSchema/],
    [[{ type: "inline_function", name: "ask_user" }], /description|inputSchema/],
    [[inlineFunction("ask_user"), inlineFunction("ask_user")], /used twice/],
  ];
  for (const [tools, words] of refused)
    await assert.rejects(createHarness(reflex, { tools }), isRefusal(words));
});

test("a list in an update replaces the whole list, and an empty one clears it", async () => {
  const made = await createHarness(reflex, {
    tools: [inlineFunction("one"), inlineFunction("two")],
    allowedTools: ["one", "shell"],
    systemPrompt: [{ text: "First." }, { text: "Second." }],
    environmentVariables: { A: "1", B: "2" },
    skills: [],
    hooks: [],
  });
  const replaced = await update(made, {
    tools: [inlineFunction("three")],
    allowedTools: ["three"],
    systemPrompt: [{ text: "Third." }],
    environmentVariables: { C: "3" },
  });
  assert.deepEqual(replaced.tools, [inlineFunction("three")]);
  assert.deepEqual(replaced.allowedTools, ["three"]);
  assert.deepEqual(replaced.systemPrompt, [{ text: "Third." }]);
  assert.deepEqual(replaced.environmentVariables, { C: "3" });
  const cleared = await update(made, {
    tools: [],
    allowedTools: [],
    systemPrompt: [],
    environmentVariables: {},
    skills: [],
    hooks: [],
  });
  for (const key of ["tools", "allowedTools", "systemPrompt", "skills"])
    assert.deepEqual(cleared[key], [], key);
  assert.deepEqual(cleared.hooks ?? [], []);
  assert.deepEqual(cleared.environmentVariables ?? {}, {});
  assert.equal(cleared.harnessVersion, "3");
  assert.deepEqual(await get(made), cleared);
});

test("a hook with a target of the managed service is refused, and what to write is said", async () => {
  const targets = [
    { lambda: { arn: "arn:aws:lambda:us-east-1:000000000000:function:audit", failureMode: "allow" } },
    { sns: { arn: "arn:aws:sns:us-east-1:000000000000:audit" } },
    { eventBridge: { arn: "arn:aws:events:us-east-1:000000000000:event-bus/audit" } },
  ];
  const made = await createHarness(reflex);
  for (const target of targets) {
    const hooks = [{ beforeToolCall: { name: "audit", target } }];
    const words = new RegExp(`soma does not call ${Object.keys(target)[0]}[^]*webhook`);
    await assert.rejects(createHarness(reflex, { hooks }), isRefusal(words));
    await assert.rejects(update(made, { hooks }), isRefusal(words));
  }
  assert.equal((await get(made)).harnessVersion, "1");
});

test("skills are unions that come back as they were set", async () => {
  const folder = mkdtempSync(join(tmpdir(), "soma-skill-"));
  writeFileSync(join(folder, "SKILL.md"), "---\nname: fill-forms\ndescription: Fills in forms.\n---\n");
  const credentialArn =
    "arn:aws:bedrock-agentcore:us-east-1:000000000000:token-vault/default/apikeycredentialprovider/GIT";
  const skills = [
    { path: folder },
    { git: { url: "https://git.example/skills", path: "letters", auth: { credentialArn, username: "ada" } } },
    { s3: { uri: "s3://team/skills/reports" } },
  ];
  const made = await createHarness(reflex, { skills });
  assert.deepEqual(made.skills, skills);
  assert.deepEqual((await update(made, { skills: skills.slice(1) })).skills, skills.slice(1));
  assert.deepEqual((await update(made, { skills: [] })).skills, []);
});

test("skills that cannot be are refused with the reason", async () => {
  const refusals = [
    [{ path: "skills/a" }, /relative/],
    [{ awsSkills: { paths: ["core-skills/*"] } }, /no catalogue of AWS skills/],
    [{ git: { url: "ssh://git.example/skills" } }, /skills\/0\/git\/url/],
  ];
  for (const [skill, words] of refusals)
    await assert.rejects(createHarness(reflex, { skills: [skill] }), isRefusal(words));
});

test("a harness with soma's own members is read, listed and updated by the SDK", async () => {
  const subAgent = { harness: newName("own"), description: "Looks things up.", budgetShare: 0.25 };
  const own = await createOwnHarness(reflex, {
    hooks: [{ beforeToolCall: { name: "audit", tools: ["shell"], target: webhook } }],
    approvals: { rules: [{ tool: "shell", decision: "ask" }], timeoutSeconds: 60 },
    truncation: { ...window(12), pinnedTools: ["skill*", "notes"] },
    tools: [
      inlineFunction("ask_user"),
      { type: "harness", name: "helper", config: subAgent },
      { type: "shell", name: "second_shell", config: {} },
    ],
    maxToolCalls: 7,
    outputSchema: { type: "object" },
  });
  const seen = await get(own);
  assert.equal(seen.harnessName, own.harnessName);
  assert.deepEqual(seen.truncation, window(12));
  assert.deepEqual(seen.tools[0], inlineFunction("ask_user"));
  assert.deepEqual(
    seen.tools.map((tool) => tool.name),
    ["ask_user", "helper", "second_shell"],
  );
  const [hook] = seen.hooks;
  assert.equal(hook.beforeToolCall.name, "audit");
  assert.equal(hook.beforeToolCall.target.$unknown[0], "webhook");
  const listed = [];
  for await (const page of paginateListHarnesses({ client: control }, {})) listed.push(...page.harnesses);
  assert.equal(listed.filter((entry) => entry.harnessId === own.harnessId).length, 1);

  // An update through the SDK keeps what the SDK cannot name; an empty list clears what it can.
  await update(own, { maxIterations: 9 });
  const kept = (await http("GET", `/harnesses/${own.harnessId}`)).body.harness;
  for (const key of ["hooks", "approvals", "truncation", "tools", "maxToolCalls", "outputSchema"])
    assert.deepEqual(kept[key], own[key], key);
  assert.deepEqual((await update(own, { hooks: [] })).hooks ?? [], []);
  const cleared = (await http("GET", `/harnesses/${own.harnessId}`)).body.harness;
  assert.deepEqual(cleared.hooks ?? [], []);
  assert.deepEqual(cleared.approvals, own.approvals);
});

test("what the SDK read of a harness can be sent back", async () => {
  const made = await createHarness(reflex, {
    truncation: summary,
    tools: [inlineFunction("ask_user")],
    skills: [],
    hooks: [],
  });
  const { truncation, tools, skills, hooks, model, allowedTools } = await get(made);
  const sent = { truncation, tools, skills, hooks, model, allowedTools };
  const updated = await update(made, sent);
  for (const key of ["truncation", "tools", "skills", "model", "allowedTools"])
    assert.deepEqual(updated[key], made[key], key);
});
