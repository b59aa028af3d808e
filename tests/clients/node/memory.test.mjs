// Memories through the SDK for JavaScript: each operation, and how its refusals arrive.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as plane from "@aws-sdk/client-bedrock-agentcore";
import * as controlPlane from "@aws-sdk/client-bedrock-agentcore-control";
import { control, data, http, newName } from "./soma.mjs";

const moment = new Date("2026-11-01T09:00:00.250Z");
const said = (text, role = "USER") => ({ conversational: { content: { text }, role } });
const facts = { semanticMemoryStrategy: { name: "Facts", namespaceTemplates: ["/facts/{actorId}/"] } };

const send = (name, input) => data.send(new plane[`${name}Command`](input));
const manage = (name, input) => control.send(new controlPlane[`${name}Command`](input));

async function createMemory(...memoryStrategies) {
  const input = { name: newName("m"), eventExpiryDuration: 30, memoryStrategies };
  return (await manage("CreateMemory", input)).memory;
}

const settle = async (memory) => {
  const { status, body } = await http("POST", `/api/memories/${memory.id}/settle`);
  assert.equal(status, 200, JSON.stringify(body));
};

test("a memory is made, found, changed, listed and deleted", async () => {
  const made = await createMemory(facts);
  assert.equal(made.status, "ACTIVE");
  assert.ok(made.createdAt instanceof Date);
  const memoryId = made.id;
  assert.deepEqual((await manage("GetMemory", { memoryId, view: "full" })).memory, made);
  const reflectionConfiguration = { namespaceTemplates: ["/tries/"] };
  const episodicMemoryStrategy = { name: "Tries", namespaceTemplates: ["/tries/{actorId}/"], reflectionConfiguration };
  const { memory } = await manage("UpdateMemory", {
    memoryId,
    description: "words",
    memoryStrategies: { addMemoryStrategies: [{ episodicMemoryStrategy }] },
  });
  assert.equal(memory.description, "words");
  const tries = memory.strategies.find((strategy) => strategy.name === "Tries");
  const { episodicReflectionConfiguration } = tries.configuration.reflection;
  assert.deepEqual(episodicReflectionConfiguration.namespaceTemplates, ["/tries/"]);
  const listed = [];
  for await (const page of controlPlane.paginateListMemories({ client: control, pageSize: 2 }, {}))
    listed.push(...page.memories.map((entry) => entry.id));
  assert.ok(listed.includes(memoryId));
  assert.equal((await manage("DeleteMemory", { memoryId })).status, "DELETING");
  await assert.rejects(manage("GetMemory", { memoryId }), controlPlane.ResourceNotFoundException);
});

test("an event comes back as it was sent, and is gone when it is deleted", async () => {
  const { id: memoryId } = await createMemory();
  const where = { memoryId, actorId: "team/anna", sessionId: "s1" };
  const payload = [said("I saw nothing."), { blob: { mood: ["calm"] } }];
  const { event } = await send("CreateEvent", {
    ...where,
    eventTimestamp: moment,
    payload,
    metadata: { place: { stringValue: "study" } },
  });
  assert.match(event.eventId, /^[0-9]+#[a-fA-F0-9]+$/);
  assert.deepEqual(event.payload, payload);
  assert.equal(event.eventTimestamp.getTime(), moment.getTime());
  assert.deepEqual((await send("GetEvent", { ...where, eventId: event.eventId })).event, event);
  const eventMetadata = [
    { left: { metadataKey: "place" }, operator: "EQUALS_TO", right: { metadataValue: { stringValue: "study" } } },
  ];
  const { events } = await send("ListEvents", { ...where, filter: { eventMetadata } });
  assert.deepEqual(events, [event]);
  const { actorSummaries } = await send("ListActors", { memoryId });
  assert.deepEqual(actorSummaries, [{ actorId: where.actorId }]);
  const { sessionSummaries } = await send("ListSessions", { memoryId, actorId: where.actorId });
  assert.equal(sessionSummaries[0].sessionId, "s1");
  await send("DeleteEvent", { ...where, eventId: event.eventId });
  const again = send("GetEvent", { ...where, eventId: event.eventId });
  await assert.rejects(again, plane.ResourceNotFoundException);
});

test("events are read in pages", async () => {
  const { id: memoryId } = await createMemory();
  const where = { memoryId, actorId: "anna", sessionId: "s1" };
  for (let number = 0; number < 5; ++number)
    await send("CreateEvent", {
      ...where,
      eventTimestamp: new Date(moment.getTime() + number),
      payload: [said(`word ${number}`)],
    });
  const sizes = [];
  for await (const page of plane.paginateListEvents({ client: data, pageSize: 2 }, where))
    sizes.push(page.events.length);
  assert.deepEqual(sizes, [2, 2, 1]);
});

test("what was said is found in memoryRecordSummaries", async () => {
  const memory = await createMemory(facts);
  const eventTimestamp = moment;
  await send("CreateEvent", {
    memoryId: memory.id,
    actorId: "anna",
    sessionId: "s1",
    eventTimestamp,
    payload: [said("I live in Lisbon.")],
  });
  await settle(memory);
  const { memoryRecordSummaries } = await send("RetrieveMemoryRecords", {
    memoryId: memory.id,
    namespace: "/facts/anna/",
    searchCriteria: { searchQuery: "Where does Anna live?", topK: 3 },
  });
  assert.match(memoryRecordSummaries[0].content.text, /Lisbon/);
  assert.ok(memoryRecordSummaries[0].score > 0);
});

test("records are written, rewritten and deleted in batches", async () => {
  const { id: memoryId } = await createMemory();
  const written = await send("BatchCreateMemoryRecords", {
    memoryId,
    records: [
      {
        requestIdentifier: "one",
        namespaces: ["/notes/"],
        content: { text: "First words." },
        timestamp: moment,
        metadata: { rank: { numberValue: 3 } },
      },
    ],
  });
  const { memoryRecordId, requestIdentifier } = written.successfulRecords[0];
  assert.equal(requestIdentifier, "one");
  const noRecord = "mem-00000000-0000-0000-0000-000000000000";
  const updated = await send("BatchUpdateMemoryRecords", {
    memoryId,
    records: [memoryRecordId, noRecord].map((id) => ({
      memoryRecordId: id,
      timestamp: moment,
      content: { text: "Second words." },
    })),
  });
  assert.equal(updated.successfulRecords.length, 1);
  assert.equal(updated.failedRecords[0].errorCode, 404);
  const { memoryRecord } = await send("GetMemoryRecord", { memoryId, memoryRecordId });
  assert.equal(memoryRecord.content.text, "Second words.");
  assert.deepEqual(memoryRecord.metadata, { rank: { numberValue: 3 } });
  const listed = await send("ListMemoryRecords", { memoryId, namespacePath: "/notes" });
  assert.equal(listed.memoryRecordSummaries.length, 1);
  const deleted = await send("BatchDeleteMemoryRecords", { memoryId, records: [{ memoryRecordId }] });
  assert.equal(deleted.successfulRecords.length, 1);
  const again = send("DeleteMemoryRecord", { memoryId, memoryRecordId });
  await assert.rejects(again, plane.ResourceNotFoundException);
});

test("consolidations that were given up are jobs", async () => {
  const { id: memoryId } = await createMemory(facts);
  assert.deepEqual((await send("ListMemoryExtractionJobs", { memoryId })).jobs, []);
  const start = send("StartMemoryExtractionJob", { memoryId, extractionJob: { jobId: "none" } });
  await assert.rejects(start, plane.ResourceNotFoundException);
});

test("a refusal says which fields are wrong", async () => {
  await assert.rejects(manage("CreateMemory", { name: "1st", eventExpiryDuration: 1 }), (error) => {
    assert.ok(error instanceof controlPlane.ValidationException);
    assert.equal(error.reason, "FieldValidationFailed");
    assert.deepEqual(
      error.fieldList.map((field) => field.name),
      ["name", "eventExpiryDuration"],
    );
    return true;
  });
  const { id: memoryId } = await createMemory();
  const ingest = send("IngestData", {
    memoryId,
    actorId: "anna",
    contentTimestamp: moment,
    source: { inline: { payload: [said("hi")] } },
  });
  await assert.rejects(ingest, plane.ValidationException);
});
