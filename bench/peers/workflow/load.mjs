// So many workflows at a time for some seconds: a JSON line for each level, with milliseconds from start to finish of each workflow.
export async function load(plan, runOne) {
  for (let i = 0; i < plan.warm; ++i) await runOne();
  for (const atOnce of plan.levels) {
    const times = [];
    const begin = performance.now();
    const end = begin + plan.seconds * 1000;
    const worker = async () => {
      while (performance.now() < end) {
        const started = performance.now();
        await runOne();
        times.push(performance.now() - started);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
    console.log(JSON.stringify({ atOnce, seconds: (performance.now() - begin) / 1000, ms: times }));
  }
}
