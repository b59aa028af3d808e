// The reference implementation on the expressions of a file: a JSON line with evaluations a second for each.
//   node jsonata_bench.mjs FILE SECONDS
import { readFileSync } from "node:fs";
import jsonata from "jsonata";

const cases = JSON.parse(readFileSync(process.argv[2], "utf8"));
const seconds = Number(process.argv[3]);
const ROUNDS = 5;

async function perSecond(expression, bindings, length) {
  const end = performance.now() + length * 1000;
  const begin = performance.now();
  let count = 0;
  do {
    for (let i = 0; i < 16; ++i) await expression.evaluate(undefined, bindings);
    count += 16;
  } while (performance.now() < end);
  return (count / (performance.now() - begin)) * 1000;
}

for (const { what, text } of cases.expressions) {
  const expression = jsonata(text);
  await perSecond(expression, cases.order, seconds / ROUNDS); // the compiler warms up
  const rounds = [];
  for (let round = 0; round < ROUNDS; ++round) rounds.push(await perSecond(expression, cases.order, seconds / ROUNDS));
  rounds.sort((a, b) => a - b);
  console.log(JSON.stringify({ what, perSecond: rounds[ROUNDS >> 1] }));
}
