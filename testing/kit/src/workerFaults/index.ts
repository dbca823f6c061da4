import { syncBuiltinESMExports } from "node:module";
import threads, { setEnvironmentData, type WorkerOptions } from "node:worker_threads";
import {
  type ArmedFault,
  FAULT_KEY,
  type ProcessFault,
  WORDS,
  WORDS_BYTES,
  WORKER_FAULTS,
} from "./WorkerFault.ts";

export { type ArmedFault, type ProcessFault, WORKER_FAULTS, type WorkerFault } from "./WorkerFault.ts";

export interface WorkerFaults {
  arm(fault: ArmedFault): void;
  disarm(): void;
  readonly hasHappened: boolean;
  remove(): void;
}

/** Threads that start from now on run the real worker, and misbehave once armed. @param name part of the worker's URL */
export function injectWorkerFaults(name = ""): WorkerFaults {
  const shared = new SharedArrayBuffer(WORDS_BYTES);
  const words = new Int32Array(shared);
  const { Worker } = threads;
  setEnvironmentData(FAULT_KEY, shared);
  replaceWorker(
    class extends Worker {
      constructor(url: string | URL, options: WorkerOptions = {}) {
        if (!String(url).includes(name)) super(url, options);
        else
          super(new URL("./faultyWorker.ts", import.meta.url), {
            ...options,
            argv: [String(url)],
          });
      }
    },
  );
  return {
    arm({ fault, message }) {
      Atomics.store(words, WORDS.fault, WORKER_FAULTS.indexOf(fault));
      Atomics.store(words, WORDS.happened, 0);
      Atomics.store(words, WORDS.messagesLeft, message);
    },
    disarm() {
      Atomics.store(words, WORDS.messagesLeft, 0);
    },
    get hasHappened() {
      return Atomics.load(words, WORDS.happened) === 1;
    },
    remove() {
      replaceWorker(Worker);
      setEnvironmentData(FAULT_KEY, undefined);
    },
  };
}

function replaceWorker(Worker: typeof threads.Worker): void {
  threads.Worker = Worker;
  syncBuiltinESMExports();
}

/** Environment of a Node process whose threads misbehave. */
export function environmentOf(fault: ProcessFault): Readonly<Record<string, string>> {
  const preload = new URL("./preload.ts", import.meta.url);
  return { NODE_OPTIONS: `--import=${preload}`, WORKER_FAULT: JSON.stringify(fault) };
}
