import { setImmediate } from "node:timers/promises";
import { workerData } from "node:worker_threads";
import { serveMessages } from "../serveMessages.ts";

/** The stage, and whether the thread may start. */
const words = workerData as Int32Array;

await setImmediate();
Atomics.store(words, 0, 1);
Atomics.wait(words, 1, 0);
Atomics.store(words, 0, 2);
serveMessages(() => {});
