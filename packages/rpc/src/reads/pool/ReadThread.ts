import { Worker } from "node:worker_threads";
import { cryptoErrors } from "@trellis/crypto";
import { type Cancellation, EncodedJson } from "@trellis/protocol";
import type { ReadLimits, ReadTask } from "../../reading/ReadTask.ts";
import {
  FLAG_BYTES,
  type FromWorker,
  type SentRead,
  STOPPED,
  unpackError,
  type WorkerOptions,
} from "./messages.ts";

export interface ReadThreadOptions {
  /** Module that calls `serveReads`. */
  readonly url: URL;
  readonly source: string;
  readonly heapMib: number;
}

/** Keeps the process alive only during a task. */
export class ReadThread {
  readonly #worker: Worker;
  readonly #flags: Int32Array;
  #task: PromiseWithResolvers<EncodedJson> | undefined;
  #taskId = 0;
  #failure: unknown;

  constructor({ url, source, heapMib }: ReadThreadOptions, onExit: () => void) {
    const flags = new SharedArrayBuffer(FLAG_BYTES);
    this.#flags = new Int32Array(flags);
    this.#worker = new Worker(url, {
      workerData: { flags, source } satisfies WorkerOptions,
      resourceLimits: { maxOldGenerationSizeMb: heapMib },
    });
    this.#worker.unref();
    this.#worker.on("message", (message: FromWorker) => this.#receive(message));
    this.#worker.on("error", (error) => {
      this.#failure = error;
    });
    this.#worker.on("exit", (exitCode) => {
      onExit();
      this.#take()?.reject(exitError(this.#failure, exitCode));
    });
  }

  get isFree(): boolean {
    return this.#task === undefined;
  }

  async run(
    task: ReadTask,
    limits: ReadLimits,
    cancellation: Cancellation,
    onStopped: () => void,
  ): Promise<EncodedJson> {
    const id = (this.#taskId + 1) | 0;
    this.#taskId = id;
    const stop = (): void => {
      Atomics.store(this.#flags, STOPPED, id);
      onStopped();
    };
    this.#worker.postMessage({ id, task, limits } satisfies SentRead);
    this.#worker.ref();
    this.#task = Promise.withResolvers<EncodedJson>();
    const { promise } = this.#task;
    cancellation.signal.addEventListener("abort", stop);
    try {
      return await promise;
    } finally {
      cancellation.signal.removeEventListener("abort", stop);
    }
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }

  #receive(message: FromWorker): void {
    const task = this.#take();
    if (message.kind === "done") task?.resolve(new EncodedJson(message.json));
    else task?.reject(unpackError(message.error));
  }

  #take(): PromiseWithResolvers<EncodedJson> | undefined {
    const task = this.#task;
    this.#task = undefined;
    this.#worker.unref();
    return task;
  }
}

function exitError(failure: unknown, exitCode: number): Error {
  const isOutOfMemory = (failure as { readonly code?: unknown } | undefined)?.code === OUT_OF_MEMORY;
  const reason = isOutOfMemory ? "no memory left" : `exit code ${exitCode}`;
  return cryptoErrors.WORKER_UNAVAILABLE({ reason }, failure);
}

const OUT_OF_MEMORY = "ERR_WORKER_OUT_OF_MEMORY";
