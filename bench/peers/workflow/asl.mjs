// aws-local-stepfunctions: the same language in this process, nothing kept.
//   node asl.mjs '{"definition": {…}, "tasks": [state, …], "input": …, "warm": N, "levels": [N, …], "seconds": N}'
import "./with_resolvers.mjs";
import { StateMachine } from "aws-local-stepfunctions";
import { load } from "./load.mjs";

const plan = JSON.parse(process.argv[2]);
const machine = new StateMachine(plan.definition);
const answer = async () => ({ done: true });
const functions = Object.fromEntries(plan.tasks.map((state) => [state, answer]));
await load(plan, () => machine.run(plan.input, { overrides: { taskResourceLocalHandlers: functions } }).result);
