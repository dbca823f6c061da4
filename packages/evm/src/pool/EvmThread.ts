import { MessageChannel, type MessagePort } from "node:worker_threads";
import type { Scheduler } from "@trellis/base";
import { isOutOfMemory, type StartedWorker, startWorker } from "@trellis/crypto";
import type { EngineLimits } from "../engine/EngineLimits.ts";
import { evmErrors } from "../errors.ts";
import type { Job } from "./Job.ts";
import {
  FLAG_BYTES,
  FLAGS,
  type FromWorker,
  isRead,
  type Read,
  type ReadAnswer,
  type SentJob,
  type WorkerOptions,
} from "./messages.ts";
import { isPackedError, type PackedError, unpackError } from "./packedError.ts";
import type { ReadBudget } from "./ReadBudget.ts";

export interface ThreadOptions {
  readonly url: URL;
  readonly limits: EngineLimits;
  readonly heapMib: number;
}

/** Runs a read of the state, which may have to wait for a remote value. */
export type Reading = <T>(read: () => T) => T | Promise<T>;

interface ThreadPorts {
  readonly reading: Reading;
  readonly reads: ReadBudget;
  readonly scheduler: Scheduler;
}

interface ThreadEvents {
  onFree(): void;
  /** @param unstarted error if the thread failed before its first job */
  onExit(unstarted: unknown): void;
}

/** A thread keeps the process alive only while starting or running a job. */
export class EvmThread {
  readonly #started: StartedWorker;
  readonly #events: ThreadEvents;
  readonly #reading: Reading;
  readonly #reads: ReadBudget;
  readonly #flags: Int32Array;
  readonly #answers: MessagePort;
  #isReady = false;
  #isEnding = false;
  #job: Job | undefined;
  #jobId = 0;
  /** Reported instead of the thread's resulting error. */
  #readFailure: { readonly error: unknown } | undefined;

  constructor(
    { url, limits, heapMib }: ThreadOptions,
    { reading, reads, scheduler }: ThreadPorts,
    events: ThreadEvents,
  ) {
    this.#events = events;
    this.#reading = reading;
    this.#reads = reads;
    const flags = new SharedArrayBuffer(FLAG_BYTES);
    this.#flags = new Int32Array(flags);
    const { port1, port2 } = new MessageChannel();
    this.#answers = port1;
    const setup: WorkerOptions = { flags, answers: port2, limits };
    const options = {
      url,
      scheduler,
      workerData: setup,
      transferList: [port2],
      resourceLimits: { maxOldGenerationSizeMb: heapMib },
    };
    this.#started = startWorker<FromWorker>(options, {
      onReady: () => this.#free(),
      isExpected: (message): message is FromWorker => this.#isExpected(message),
      onMessage: (message) => this.#receive(message),
      onExit: (error) => this.#exited(error),
    });
  }

  get isFree(): boolean {
    return this.#isReady && !this.#isEnding && this.#job === undefined;
  }

  get isStarting(): boolean {
    return !this.#isReady && !this.#isEnding;
  }

  run(job: Job): void {
    this.#jobId = (this.#jobId + 1) | 0;
    const { stateBlock, task } = job;
    try {
      this.#started.worker.postMessage({ id: this.#jobId, stateBlock, task: task() } satisfies SentJob);
    } catch (error) {
      // A task that cannot be cloned was not sent, so the thread is free.
      job.reject(error);
      return;
    }
    this.#job = job;
    this.#started.worker.ref();
  }

  has(job: Job): boolean {
    return this.#job === job;
  }

  stop(): void {
    Atomics.store(this.#flags, FLAGS.stopped, this.#jobId);
  }

  /** @param reason error with which the running job rejects */
  async end(reason: unknown): Promise<void> {
    this.#isEnding = true;
    this.#job?.reject(reason);
    await this.#started.end();
  }

  #isExpected(message: unknown): boolean {
    if (typeof message !== "object" || message === null) return false;
    const { kind, id, read, result, error } = message as Readonly<Record<string, unknown>>;
    if (this.#job === undefined) return false;
    if (kind === "read") return isRead(read);
    if (id !== this.#jobId) return false;
    return kind === "done" ? this.#job.isResult(result) : kind === "failed" && isPackedError(error);
  }

  #receive(message: FromWorker): void {
    if (this.#isEnding) return;
    if (message.kind === "read") this.#reads.spend(() => this.#answer(message.read));
    else this.#finish(message);
  }

  #finish(message: Exclude<FromWorker, { readonly kind: "read" }>): void {
    if (message.kind === "done") this.#job?.resolve(message.result);
    else this.#job?.reject(this.#errorOf(message.error));
    this.#job = undefined;
    this.#readFailure = undefined;
    this.#free();
  }

  #free(): void {
    this.#isReady = true;
    if (this.#isEnding) return;
    this.#started.worker.unref();
    this.#events.onFree();
  }

  #errorOf(packed: PackedError): unknown {
    return this.#readFailure === undefined ? unpackError(packed) : this.#readFailure.error;
  }

  #answer(read: Read): void {
    if (this.#isEnding) return;
    const job = this.#job!;
    try {
      const value = this.#reading(() => job.read(read));
      if (!(value instanceof Promise)) this.#post({ value });
      else void value.then((late) => this.#post({ value: late })).catch((error) => this.#fail(error));
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    this.#readFailure ??= { error };
    this.#post({ hasFailed: true });
  }

  #post(answer: ReadAnswer): void {
    if (this.#isEnding) return;
    this.#answers.postMessage(answer);
    Atomics.store(this.#flags, FLAGS.answered, 1);
    Atomics.notify(this.#flags, FLAGS.answered);
  }

  #exited(exit: Error): void {
    const error = isOutOfMemory(exit)
      ? evmErrors.CALL_TOO_LARGE({ reason: "worker out of memory" }, exit)
      : exit;
    const isUnstarted = this.isStarting;
    this.#isEnding = true;
    this.#answers.close();
    this.#job?.reject(error);
    this.#job = undefined;
    this.#events.onExit(isUnstarted ? error : undefined);
  }
}
