// For `node --import`: arms the fault of the environment variable WORKER_FAULT in the process's threads.
import { isMainThread } from "node:worker_threads";
import { injectWorkerFaults } from "./index.ts";
import type { ProcessFault } from "./WorkerFault.ts";

const { WORKER_FAULT } = process.env;
// Threads inherit the option.
if (isMainThread && WORKER_FAULT !== undefined) {
  const { worker, ...fault } = JSON.parse(WORKER_FAULT) as ProcessFault;
  injectWorkerFaults(worker).arm(fault);
}
