import type { Transferable } from "node:worker_threads";
import type { Scheduler, Timer, TrellisError } from "@trellis/base";
import { cryptoErrors } from "../errors.ts";
import type { Reply, SentTask } from "./serveTasks.ts";
import { type StartedWorker, startWorker } from "./startWorker.ts";

interface WorkerPoolOptions {
  readonly url: URL;
  readonly workers: number;
  readonly queuedMax: number;
  readonly limit?: AnswerLimit | undefined;
  /** Without it, failed threads are replaced. */
  readonly vital?: VitalWorkers | undefined;
}

/** Also limits the time that a thread takes to start. */
export interface AnswerLimit {
  readonly answerMsMax: number;
  readonly scheduler: Scheduler;
}

/** The process cannot continue without these threads. */
export interface VitalWorkers extends AnswerLimit {
  readonly name: string;
  /** Called once, when a thread ended, sent a malformed message or did not answer in time. @param error WORKER_FAILED */
  onFailed(error: TrellisError): void;
}

interface Task<Input, Output> {
  readonly input: Input;
  readonly transfer: readonly Transferable[];
  isOutput(output: unknown): output is Output;
  resolve(output: Output): void;
  reject(error: unknown): void;
}

interface Thread<Input, Output> {
  readonly started: StartedWorker;
  task: Task<Input, Output> | undefined;
  taskId: number;
  deadline: Timer | undefined;
}

/** Idle threads do not keep the process alive. */
export class WorkerPool<Input, Output> {
  readonly #options: WorkerPoolOptions;
  readonly #threads = new Set<Thread<Input, Output>>();
  readonly #queue: Task<Input, Output>[] = [];
  readonly #drained: (() => void)[] = [];
  #isClosed = false;
  #failure: TrellisError | undefined;

  constructor(options: WorkerPoolOptions) {
    this.#options = options;
  }

  /** Includes threads that have not started yet. */
  get idleCount(): number {
    return this.#options.workers - this.busyCount;
  }

  get #limit(): AnswerLimit | undefined {
    return this.#options.limit ?? this.#options.vital;
  }

  get busyCount(): number {
    let count = 0;
    for (const thread of this.#threads) if (thread.task !== undefined) count++;
    return count;
  }

  /**
   * @param isOutput whether the thread's answer is complete
   * @throws WORKER_UNAVAILABLE, WORKER_FAILED
   */
  run(
    input: Input,
    isOutput: (output: unknown) => output is Output,
    transfer: readonly Transferable[] = [],
  ): Promise<Output> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#isClosed) return Promise.reject(cryptoErrors.WORKER_UNAVAILABLE({ reason: "pool closed" }));
    if (this.idleCount === 0 && this.#queue.length >= this.#options.queuedMax) {
      return Promise.reject(
        cryptoErrors.WORKER_UNAVAILABLE({ reason: "queue full", queuedMax: this.#options.queuedMax }),
      );
    }
    return new Promise((resolve, reject) => {
      this.#queue.push({ input, transfer, isOutput, resolve, reject });
      this.#dispatch();
    });
  }

  /** Terminates all busy threads. Their tasks fail with WORKER_UNAVAILABLE. Not for vital pools. */
  replaceBusy(): void {
    for (const { task, started } of this.#threads) if (task !== undefined) void started.end();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    while (this.busyCount > 0 || this.#queue.length > 0) {
      await new Promise<void>((resolve) => this.#drained.push(resolve));
    }
    await Promise.all([...this.#threads].map((thread) => thread.started.end()));
  }

  #dispatch(): void {
    while (this.#queue.length > 0) {
      const thread = this.#freeThread();
      if (thread === undefined) return;
      const task = this.#queue.shift() as Task<Input, Output>;
      thread.taskId = (thread.taskId + 1) | 0;
      try {
        thread.started.worker.postMessage(
          { id: thread.taskId, input: task.input } satisfies SentTask<Input>,
          task.transfer,
        );
        thread.task = task;
        thread.started.worker.ref();
        this.#limitTime(thread);
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
    const { url } = this.#options;
    const started = startWorker<Reply<Output>>(
      { url, scheduler: this.#limit?.scheduler },
      {
        isExpected: (message) => isReply(thread, message),
        onMessage: (reply) => this.#receive(thread, reply),
        onExit: (error) => this.#exited(thread, error),
      },
    );
    const thread: Thread<Input, Output> = { started, task: undefined, taskId: 0, deadline: undefined };
    this.#threads.add(thread);
    started.worker.unref();
    return thread;
  }

  /** In two halves, because a process that was suspended returns with its timers overdue. */
  #limitTime(thread: Thread<Input, Output>): void {
    const limit = this.#limit;
    if (limit === undefined || limit.answerMsMax === Infinity) return;
    const { scheduler, answerMsMax } = limit;
    const late = (): void => {
      const error = cryptoErrors.WORKER_UNAVAILABLE({ reason: "no answer in time", answerMsMax });
      if (this.#options.vital === undefined) this.#drop(thread, error);
      else this.#fail(error, this.#options.vital);
    };
    thread.deadline = scheduler.after(answerMsMax / 2, () => {
      thread.deadline = scheduler.after(answerMsMax / 2, late);
    });
  }

  #receive(thread: Thread<Input, Output>, reply: Reply<Output>): void {
    const task = thread.task as Task<Input, Output>;
    this.#release(thread);
    if ("output" in reply) task.resolve(reply.output);
    else task.reject(cryptoErrors.WORKER_UNAVAILABLE({ reason: "task failed" }, reply.error));
  }

  #exited(thread: Thread<Input, Output>, error: TrellisError): void {
    if (!this.#threads.has(thread)) return;
    const { vital } = this.#options;
    const isExpected = this.#isClosed && thread.task === undefined;
    if (vital === undefined || isExpected) this.#drop(thread, error);
    else this.#fail(error, vital);
  }

  #fail(cause: TrellisError, { name, onFailed }: VitalWorkers): void {
    const failure = cryptoErrors.WORKER_FAILED({ worker: name, ...cause.facts }, cause);
    this.#failure = failure;
    for (const waiting of this.#queue.splice(0)) waiting.reject(failure);
    for (const thread of this.#threads) this.#drop(thread, failure);
    onFailed(failure);
  }

  #drop(thread: Thread<Input, Output>, error: TrellisError): void {
    const { task, started } = thread;
    this.#threads.delete(thread);
    this.#release(thread);
    task?.reject(error);
    void started.end();
  }

  #release(thread: Thread<Input, Output>): void {
    thread.task = undefined;
    thread.deadline?.cancel();
    thread.started.worker.unref();
    this.#dispatch();
    if (this.busyCount === 0 && this.#queue.length === 0) for (const done of this.#drained.splice(0)) done();
  }
}

function isReply<Output>(
  { task, taskId }: Thread<unknown, Output>,
  message: unknown,
): message is Reply<Output> {
  if (task === undefined || typeof message !== "object" || message === null) return false;
  if (!("id" in message) || message.id !== taskId) return false;
  return "output" in message ? task.isOutput(message.output) : "error" in message;
}
