import { Worker } from "node:worker_threads";
import type { SimulationOptions } from "./chooseSwarm.ts";
import type { SimulationResult } from "./SimulationResult.ts";

export async function runSeeds(
  options: SimulationOptions,
  seedCount: number,
  workerCount: number,
  onResult: (result: SimulationResult) => void,
): Promise<void> {
  let next = options.seed;
  const end = options.seed + seedCount;
  const work = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const worker = new Worker(new URL("./seedWorker.ts", import.meta.url));
      const feed = (): void => {
        if (next < end) worker.postMessage({ ...options, seed: next++ });
        else worker.terminate().then(() => resolve(), reject);
      };
      worker.on("error", reject);
      worker.on("message", (result: SimulationResult) => {
        onResult(result);
        feed();
      });
      feed();
    });
  await Promise.all(Array.from({ length: Math.min(workerCount, seedCount) }, work));
}
