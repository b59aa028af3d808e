// aws-local-stepfunctions: the same language in this process, nothing kept.
//   node asl.mjs '{"definition": {…}, "tasks": [state, …], "input": …, "warm": N, "levels": [N, …], "seconds": N}'
import { StateMachine } from "aws-local-stepfunctions";
import { load } from "./load.mjs";

// Node.js 20 has none yet.
Promise.withResolvers ??= function () {
  const out = {};
  out.promise = new Promise((resolve, reject) => Object.assign(out, { resolve, reject }));
  return out;
};
const plan = JSON.parse(process.argv[2]);
const machine = new StateMachine(plan.definition);
const answer = async () => ({ done: true });
const functions = Object.fromEntries(plan.tasks.map((state) => [state, answer]));
await load(plan, () => machine.run(plan.input, { overrides: { taskResourceLocalHandlers: functions } }).result);
