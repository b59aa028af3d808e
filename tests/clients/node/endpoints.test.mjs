// Harness endpoints: names for versions, as the SDK makes, reads, pages through, changes and deletes them.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import test from "node:test";
import {
  ConflictException,
  CreateHarnessEndpointCommand,
  DeleteHarnessEndpointCommand,
  GetHarnessEndpointCommand,
  ListHarnessEndpointsCommand,
  ResourceNotFoundException,
  UpdateHarnessCommand,
  UpdateHarnessEndpointCommand,
  ValidationException,
  paginateListHarnessEndpoints,
} from "@aws-sdk/client-bedrock-agentcore-control";
import { control, createHarness, reflex } from "./soma.mjs";

const create = async (input) => (await control.send(new CreateHarnessEndpointCommand(input))).endpoint;
const get = async (input) => (await control.send(new GetHarnessEndpointCommand(input))).endpoint;
const update = async (input) => (await control.send(new UpdateHarnessEndpointCommand(input))).endpoint;
const remove = async (input) => (await control.send(new DeleteHarnessEndpointCommand(input))).endpoint;
const newVersion = (harnessId) => control.send(new UpdateHarnessCommand({ harnessId, maxIterations: 7 }));

test("an endpoint is answered in the API's shape", async () => {
  const { harnessId, harnessName } = await createHarness(reflex);
  const endpointName = "production";
  const made = await create({ harnessId, endpointName, targetVersion: "1", description: "What customers reach" });
  const { createdAt, updatedAt, ...rest } = made;
  assert.ok(createdAt instanceof Date && updatedAt instanceof Date);
  assert.deepEqual(rest, {
    harnessId,
    harnessName,
    endpointName,
    arn: `arn:aws:bedrock-agentcore:local:000000000000:harness/${harnessId}/harness-endpoint/production`,
    status: "READY",
    liveVersion: "1",
    targetVersion: "1",
    description: "What customers reach",
  });
  assert.deepEqual(await get({ harnessId, endpointName }), made);
});

test("DEFAULT follows the newest version, another endpoint stays", async () => {
  const { harnessId } = await createHarness(reflex);
  await create({ harnessId, endpointName: "stable" });
  await newVersion(harnessId);
  assert.equal((await get({ harnessId, endpointName: "DEFAULT" })).liveVersion, "2");
  assert.equal((await get({ harnessId, endpointName: "stable" })).liveVersion, "1");
  const moved = await update({ harnessId, endpointName: "stable", targetVersion: "2" });
  assert.equal(moved.liveVersion, "2");
  await assert.rejects(remove({ harnessId, endpointName: "DEFAULT" }), ConflictException);
  await assert.rejects(update({ harnessId, endpointName: "DEFAULT", targetVersion: "1" }), ConflictException);
});

test("the list's pages hold every endpoint once, in order", async () => {
  const { harnessId } = await createHarness(reflex);
  for (const endpointName of ["delta", "Alpha", "beta"]) await create({ harnessId, endpointName });
  const pages = [];
  for await (const page of paginateListHarnessEndpoints({ client: control, pageSize: 3 }, { harnessId }))
    pages.push(page.endpoints.map((entry) => entry.endpointName));
  assert.deepEqual(pages, [["Alpha", "DEFAULT", "beta"], ["delta"]]);
});

test("a repeated request is answered as the first, and its token is no other's", async () => {
  const { harnessId } = await createHarness(reflex);
  const request = { harnessId, endpointName: "live", clientToken: randomUUID() };
  const made = await create(request);
  assert.deepEqual(await create(request), made);
  await assert.rejects(create({ ...request, description: "another" }), ConflictException);
  await assert.rejects(create({ harnessId, endpointName: "live" }), ConflictException);
});

test("a deleted endpoint is gone, and its version stays", async () => {
  const { harnessId } = await createHarness(reflex);
  await create({ harnessId, endpointName: "live" });
  const clientToken = randomUUID();
  const gone = await remove({ harnessId, endpointName: "live", clientToken });
  assert.equal(gone.status, "DELETING");
  assert.deepEqual(await remove({ harnessId, endpointName: "live", clientToken }), gone);
  await assert.rejects(get({ harnessId, endpointName: "live" }), ResourceNotFoundException);
  const { endpoints } = await control.send(new ListHarnessEndpointsCommand({ harnessId }));
  assert.deepEqual(
    endpoints.map((entry) => entry.endpointName),
    ["DEFAULT"],
  );
});

test("a wrong endpoint is a ValidationException", async () => {
  const { harnessId } = await createHarness(reflex);
  const refused = [
    { endpointName: "1st" },
    { endpointName: "live", targetVersion: "2" },
    { endpointName: "live", targetVersion: "newest" },
    { endpointName: "live", description: "" },
  ];
  for (const input of refused) await assert.rejects(create({ harnessId, ...input }), ValidationException);
});
