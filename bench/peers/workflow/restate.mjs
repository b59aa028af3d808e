// A Restate service of durable steps, on loopback.
//   node restate.mjs STEPS PORT
import * as restate from "@restatedev/restate-sdk";

const steps = Number(process.argv[2]);
const step = async () => ({ done: true });
const order = restate.service({
  name: "order",
  handlers: {
    run: async (context) => {
      for (let i = 0; i < steps; ++i) await context.run(`step${i}`, step);
      return { done: true };
    },
  },
});
await restate.serve({ services: [order], port: Number(process.argv[3]) });
