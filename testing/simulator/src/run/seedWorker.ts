import { parentPort } from "node:worker_threads";
import type { SimulationOptions } from "./chooseSwarm.ts";
import { runSimulation } from "./runSimulation.ts";

parentPort!.on("message", async (options: SimulationOptions) => {
  parentPort!.postMessage(await runSimulation(options));
});
