import type { Clock, Scheduler, Timer } from "@trellis/base";

interface Task {
  readonly atMs: number;
  readonly run: () => void;
}

/** Time that passes only when nothing is left to do in the moment. What is due at once runs in the order of its asking. */
export class VirtualTime implements Clock, Scheduler {
  readonly #settle: () => Promise<void>;
  readonly #tasks = new Set<Task>();
  #nowMs: number;

  /** @param settle resolves when all has happened that follows without time from what has happened */
  constructor(startMs = 0, settle = settleProcess) {
    this.#nowMs = startMs;
    this.#settle = settle;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, run: () => void): Timer {
    const task = { atMs: this.#nowMs + delayMs, run };
    this.#tasks.add(task);
    return { cancel: () => this.#tasks.delete(task) };
  }

  wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.after(ms, resolve);
    });
  }

  /** Runs what happens within that time, or until it is done; whether it is. */
  async run(ms: number, isDone: () => boolean = () => false): Promise<boolean> {
    const endMs = this.#nowMs + ms;
    await this.#settle();
    while (!isDone()) {
      const next = this.#next();
      if (next === undefined || next.atMs > endMs) {
        this.#nowMs = endMs;
        return isDone();
      }
      this.#tasks.delete(next);
      this.#nowMs = next.atMs;
      next.run();
      await this.#settle();
    }
    return true;
  }

  #next(): Task | undefined {
    let first: Task | undefined;
    // In the order of their asking: of those due at the same time the first stays.
    for (const task of this.#tasks) if (first === undefined || task.atMs < first.atMs) first = task;
    return first;
  }
}

/** Promises, and what the process has asked of its file system. */
async function settleProcess(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** Promises alone, however they stand on each other; some ten times faster. */
export async function settlePromises(): Promise<void> {
  for (let turn = 0; turn < 8; turn++) await Promise.resolve();
}
