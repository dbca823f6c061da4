import type { Scheduler, Timer } from "@trellis/base";
import { cryptoErrors } from "@trellis/crypto";
import type { Cancellation, EncodedJson } from "@trellis/protocol";
import { rpcErrors } from "../../errors.ts";
import type { ReadLimits, ReadTask } from "../../reading/ReadTask.ts";
import { ReadThread, type ReadThreadOptions } from "./ReadThread.ts";

export interface ReadPoolOptions extends Pick<ReadThreadOptions, "url" | "source"> {
  /** Threads start on demand. */
  readonly workers: number;
  readonly heapMib?: number;
  /** From a read's cancellation to its thread's termination. */
  readonly graceMs?: number;
  readonly idleMs?: number;
}

const DEFAULTS = { heapMib: 256, graceMs: 500, idleMs: 15_000 };

/** One read per thread. [RPC-25] */
export class ReadPool {
  readonly workers: number;
  readonly #options: ReadPoolOptions & typeof DEFAULTS;
  readonly #scheduler: Scheduler;
  readonly #threads = new Map<ReadThread, Timer | undefined>();
  #isClosed = false;

  constructor(options: ReadPoolOptions, scheduler: Scheduler) {
    this.workers = options.workers;
    this.#options = { ...DEFAULTS, ...options };
    this.#scheduler = scheduler;
  }

  get threadCount(): number {
    return this.#threads.size;
  }

  /**
   * A cancelled read fails with RPC_CLIENT_GONE.
   * @throws RPC_OVERLOADED if no worker is free; WORKER_UNAVAILABLE if the worker exited; errors of the read
   */
  async run(task: ReadTask, limits: ReadLimits, cancellation: Cancellation): Promise<EncodedJson> {
    if (this.#isClosed) throw cryptoErrors.WORKER_UNAVAILABLE({ reason: "the server is stopping" });
    if (cancellation.isOver()) throw rpcErrors.RPC_CLIENT_GONE();
    const thread = this.#freeThread();
    this.#threads.get(thread)?.cancel();
    this.#threads.set(thread, undefined);
    let grace: Timer | undefined;
    const onStopped = (): void => {
      grace = this.#scheduler.after(this.#options.graceMs, () => this.#end(thread));
    };
    try {
      return await thread.run(task, limits, cancellation, onStopped);
    } finally {
      grace?.cancel();
      this.#rest(thread);
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#threads.keys()].map((thread) => thread.end()));
  }

  #freeThread(): ReadThread {
    for (const thread of this.#threads.keys()) if (thread.isFree) return thread;
    if (this.#threads.size >= this.workers) throw rpcErrors.RPC_OVERLOADED({});
    const started = new ReadThread(this.#options, this.#scheduler, () => this.#forget(started));
    return started;
  }

  #rest(thread: ReadThread): void {
    if (!this.#threads.has(thread)) return;
    this.#threads.set(
      thread,
      this.#scheduler.after(this.#options.idleMs, () => this.#end(thread)),
    );
  }

  #end(thread: ReadThread): void {
    this.#forget(thread);
    void thread.end();
  }

  #forget(thread: ReadThread): void {
    this.#threads.get(thread)?.cancel();
    this.#threads.delete(thread);
  }
}
