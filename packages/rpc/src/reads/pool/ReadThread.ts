import type { Scheduler } from "@trellis/base";
import { type StartedWorker, startWorker } from "@trellis/crypto";
import { type Cancellation, EncodedJson } from "@trellis/protocol";
import type { ReadLimits, ReadTask } from "../../reading/ReadTask.ts";
import {
  FLAG_BYTES,
  type FromWorker,
  isEndOf,
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
  readonly #started: StartedWorker;
  readonly #flags: Int32Array;
  #task: PromiseWithResolvers<EncodedJson> | undefined;
  #taskId = 0;

  constructor({ url, source, heapMib }: ReadThreadOptions, scheduler: Scheduler, onExit: () => void) {
    const flags = new SharedArrayBuffer(FLAG_BYTES);
    this.#flags = new Int32Array(flags);
    const options = {
      url,
      scheduler,
      workerData: { flags, source } satisfies WorkerOptions,
      resourceLimits: { maxOldGenerationSizeMb: heapMib },
    };
    this.#started = startWorker<FromWorker>(options, {
      isExpected: (message): message is FromWorker =>
        this.#task !== undefined && isEndOf(this.#taskId, message),
      onMessage: (message) => this.#receive(message),
      onExit: (error) => {
        onExit();
        this.#take()?.reject(error);
      },
    });
    this.#started.worker.unref();
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
    this.#started.worker.postMessage({ id, task, limits } satisfies SentRead);
    this.#started.worker.ref();
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
    await this.#started.end();
  }

  #receive(message: FromWorker): void {
    const task = this.#take();
    if (message.kind === "done") task?.resolve(new EncodedJson(message.json));
    else task?.reject(unpackError(message.error));
  }

  #take(): PromiseWithResolvers<EncodedJson> | undefined {
    const task = this.#task;
    this.#task = undefined;
    this.#started.worker.unref();
    return task;
  }
}
