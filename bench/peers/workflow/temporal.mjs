// Temporal: a workflow of activities, worker and client in this process, each activity's result in the server.
//   node temporal.mjs '{"address": "127.0.0.1:PORT", "steps": N, "warm": N, "levels": [N, …], "seconds": N}'
import { randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";
import { Client, Connection } from "@temporalio/client";
import { DefaultLogger, NativeConnection, Runtime, Worker } from "@temporalio/worker";
import { load } from "./load.mjs";

const plan = JSON.parse(process.argv[2]);
const taskQueue = "bench";
Runtime.install({ logger: new DefaultLogger("ERROR") });
const worker = await Worker.create({
  connection: await NativeConnection.connect({ address: plan.address }),
  taskQueue,
  workflowsPath: fileURLToPath(new URL("./temporal_order.mjs", import.meta.url)),
  activities: { step: async () => ({ done: true }) },
});
const client = new Client({ connection: await Connection.connect({ address: plan.address }) });
const order = () => client.workflow.execute("order", { taskQueue, workflowId: randomUUID(), args: [plan.steps] });
await worker.runUntil(load(plan, order));
process.exit(0);
