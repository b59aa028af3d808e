// DBOS: a workflow of steps in this process, each step's result in PostgreSQL.
//   node dbos.mjs '{"database": "postgresql://…", "steps": N, "warm": N, "levels": [N, …], "seconds": N}'
import { DBOS } from "@dbos-inc/dbos-sdk";
import { load } from "./load.mjs";

const plan = JSON.parse(process.argv[2]);
const step = async () => ({ done: true });
const order = DBOS.registerWorkflow(
  async () => {
    for (let i = 0; i < plan.steps; ++i) await DBOS.runStep(step, { name: `step${i}` });
    return { done: true };
  },
  { name: "order" },
);
DBOS.setConfig({ name: "bench", systemDatabaseUrl: plan.database, logLevel: "error", systemDatabasePoolSize: plan.pool, runAdminServer: false });
await DBOS.launch();
await load(plan, async () => (await DBOS.startWorkflow(order)()).getResult());
await DBOS.shutdown();
process.exit(0);
