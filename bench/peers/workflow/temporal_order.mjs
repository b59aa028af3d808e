// The workflow that temporal.mjs runs; the SDK bundles this file by itself and replays it.
import { proxyActivities } from "@temporalio/workflow";

const { step } = proxyActivities({ startToCloseTimeout: "1 minute" });

export async function order(steps) {
  for (let i = 0; i < steps; ++i) await step();
  return { done: true };
}
