import { type Transferable, Worker } from "node:worker_threads";
import { cryptoErrors } from "../errors.ts";

interface WorkerPoolOptions {
  readonly url: URL;
  readonly workers: number;
  readonly queuedMax: number;
}

interface Task<Input, Output> {
  readonly input: Input;
  readonly transfer: readonly Transferable[];
  resolve(output: Output): void;
  reject(error: unknown): void;
}

interface Thread<Input, Output> {
  readonly worker: Worker;
  task: Task<Input, Output> | undefined;
  failure: unknown;
}

/** Replaces dead threads. Idle threads do not keep the process alive. */
export class WorkerPool<Input, Output> {
  readonly #options: WorkerPoolOptions;
  readonly #threads = new Set<Thread<Input, Output>>();
  readonly #queue: Task<Input, Output>[] = [];
  readonly #drained: (() => void)[] = [];
  #isClosed = false;

  constructor(options: WorkerPoolOptions) {
    this.#options = options;
  }

  /** Includes threads that have not started yet. */
  get idleCount(): number {
    return this.#options.workers - this.busyCount;
  }

  get busyCount(): number {
    let count = 0;
    for (const thread of this.#threads) if (thread.task !== undefined) count++;
    return count;
  }

  /** @throws WORKER_UNAVAILABLE */
  run(input: Input, transfer: readonly Transferable[] = []): Promise<Output> {
    if (this.#isClosed) return Promise.reject(cryptoErrors.WORKER_UNAVAILABLE({ reason: "pool closed" }));
    if (this.idleCount === 0 && this.#queue.length >= this.#options.queuedMax) {
      return Promise.reject(
        cryptoErrors.WORKER_UNAVAILABLE({ reason: "queue full", queuedMax: this.#options.queuedMax }),
      );
    }
    return new Promise((resolve, reject) => {
      this.#queue.push({ input, transfer, resolve, reject });
      this.#dispatch();
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    while (this.busyCount > 0 || this.#queue.length > 0) {
      await new Promise<void>((resolve) => this.#drained.push(resolve));
    }
    await Promise.all([...this.#threads].map((thread) => thread.worker.terminate()));
  }

  #dispatch(): void {
    while (this.#queue.length > 0) {
      const thread = this.#freeThread();
      if (thread === undefined) return;
      const task = this.#queue.shift() as Task<Input, Output>;
      try {
        thread.worker.postMessage(task.input, task.transfer);
        thread.task = task;
        thread.worker.ref();
      } catch (error) {
        // An uncloneable task was not sent, so the thread is free.
        task.reject(error);
      }
    }
  }

  #freeThread(): Thread<Input, Output> | undefined {
    for (const thread of this.#threads) if (thread.task === undefined) return thread;
    return this.#threads.size < this.#options.workers ? this.#startThread() : undefined;
  }

  #startThread(): Thread<Input, Output> {
    const worker = new Worker(this.#options.url);
    const thread: Thread<Input, Output> = { worker, task: undefined, failure: undefined };
    this.#threads.add(thread);
    worker.on("message", (output: Output) => {
      const task = thread.task;
      this.#release(thread);
      task?.resolve(output);
    });
    worker.on("error", (error) => {
      thread.failure = error;
    });
    worker.on("messageerror", (error) => {
      thread.failure = error;
      void worker.terminate();
    });
    worker.on("exit", (exitCode) => {
      this.#threads.delete(thread);
      const task = thread.task;
      this.#release(thread);
      task?.reject(cryptoErrors.WORKER_UNAVAILABLE({ reason: "worker ended", exitCode }, thread.failure));
    });
    worker.unref();
    return thread;
  }

  #release(thread: Thread<Input, Output>): void {
    thread.task = undefined;
    thread.worker.unref();
    this.#dispatch();
    if (this.busyCount === 0 && this.#queue.length === 0) for (const done of this.#drained.splice(0)) done();
  }
}
