import { parentPort } from "node:worker_threads";
import type { SimulationOptions } from "./chooseSwarm.ts";
import { runSimulation } from "./runSimulation.ts";

// One run after another, for as long as the pool sends seeds.
parentPort!.on("message", async (options: SimulationOptions) => {
  parentPort!.postMessage(await runSimulation(options));
});
