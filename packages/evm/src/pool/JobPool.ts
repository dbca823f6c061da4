import type { Scheduler, Timer } from "@trellis/base";
import { cryptoErrors } from "@trellis/crypto";
import { evmErrors } from "../errors.ts";
import { EvmThread, type Reading, type ThreadOptions } from "./EvmThread.ts";
import { Job, type JobInput } from "./Job.ts";
import { ReadBudget } from "./ReadBudget.ts";

export interface JobPoolOptions extends ThreadOptions {
  /** Default: reads never wait. */
  readonly reading?: Reading | undefined;
  readonly workers: number;
  readonly queuedMax: number;
  /** A stopped job's thread is terminated after this time. */
  readonly graceMs: number;
  readonly idleMs: number;
}

/** Runs one job per thread, in order of arrival. */
export class JobPool {
  readonly #options: JobPoolOptions;
  readonly #scheduler: Scheduler;
  readonly #queue = new Set<Job>();
  readonly #threads = new Map<EvmThread, Timer | undefined>();
  readonly #reads: ReadBudget;
  #isClosed = false;

  constructor(options: JobPoolOptions, scheduler: Scheduler) {
    this.#options = options;
    this.#scheduler = scheduler;
    this.#reads = new ReadBudget(scheduler);
  }

  get queuedCount(): number {
    return this.#queue.size;
  }

  get threadCount(): number {
    return this.#threads.size;
  }

  /** @throws WORKER_UNAVAILABLE, CALL_STOPPED, CALL_TOO_LARGE, and errors of the task */
  async run<Result>(input: JobInput<Result>): Promise<Result> {
    if (this.#isClosed) throw cryptoErrors.WORKER_UNAVAILABLE({ reason: "pool closed" });
    const { queuedMax } = this.#options;
    if (this.#queue.size >= queuedMax)
      throw cryptoErrors.WORKER_UNAVAILABLE({ reason: "queue full", queuedMax });
    const job = new Job(input, () => this.#stop(job));
    if (job.isOver) job.reject(evmErrors.CALL_STOPPED());
    else this.#queue.add(job);
    this.#dispatch();
    return job.result as Promise<Result>;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const job of this.#queue) job.reject(cryptoErrors.WORKER_UNAVAILABLE({ reason: "pool closed" }));
    this.#queue.clear();
    await Promise.all([...this.#threads.keys()].map((thread) => this.#end(thread)));
  }

  #dispatch(): void {
    for (const thread of this.#threads.keys()) this.#employ(thread);
    const startingCount = [...this.#threads.keys()].filter(({ isStarting }) => isStarting).length;
    const missing = this.#queue.size - startingCount;
    const room = this.#options.workers - this.#threads.size;
    for (let started = 0; started < Math.min(missing, room); started++) this.#start();
  }

  #employ(thread: EvmThread): void {
    while (thread.isFree) {
      const job = this.#next();
      if (job === undefined) return;
      thread.run(job);
      if (!thread.isFree) this.#keep(thread);
    }
  }

  #next(): Job | undefined {
    for (const job of this.#queue) {
      this.#queue.delete(job);
      if (!job.isOver) return job;
      job.reject(evmErrors.CALL_STOPPED());
    }
    return undefined;
  }

  #start(): void {
    const { reading = readNow } = this.#options;
    const ports = { reading, reads: this.#reads, scheduler: this.#scheduler };
    const thread = new EvmThread(this.#options, ports, {
      onFree: () => this.#freed(thread),
      onExit: (unstarted) => this.#exited(thread, unstarted),
    });
    this.#threads.set(thread, undefined);
  }

  #freed(thread: EvmThread): void {
    const idle = this.#scheduler.after(this.#options.idleMs, () => this.#end(thread));
    this.#threads.set(thread, idle);
    this.#dispatch();
  }

  /** If the thread failed before its first job, one waiting job fails. */
  #exited(thread: EvmThread, unstarted: unknown): void {
    this.#keep(thread);
    this.#threads.delete(thread);
    if (unstarted !== undefined) this.#next()?.reject(unstarted);
    this.#dispatch();
  }

  #keep(thread: EvmThread): void {
    this.#threads.get(thread)?.cancel();
    this.#threads.set(thread, undefined);
  }

  #stop(job: Job): void {
    job.reject(evmErrors.CALL_STOPPED());
    if (this.#queue.delete(job)) return;
    const thread = [...this.#threads.keys()].find((candidate) => candidate.has(job));
    if (thread === undefined) return;
    thread.stop();
    this.#scheduler.after(this.#options.graceMs, () => {
      if (thread.has(job)) void this.#end(thread);
    });
  }

  async #end(thread: EvmThread): Promise<void> {
    await thread.end(cryptoErrors.WORKER_UNAVAILABLE({ reason: "pool closed" }));
  }
}

function readNow<T>(read: () => T): T {
  return read();
}
