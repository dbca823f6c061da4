import type { Clock, Scheduler, Timer } from "@trellis/base";

interface Task {
  readonly atMs: number;
  readonly run: () => void;
}

/** Time advances when no work is left. Simultaneous tasks keep scheduling order. */
export class VirtualTime implements Clock, Scheduler {
  readonly #settle: () => Promise<void>;
  readonly #tasks = new Set<Task>();
  #nowMs: number;

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
    for (const task of this.#tasks) if (first === undefined || task.atMs < first.atMs) first = task;
    return first;
  }
}

async function settleProcess(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}

export async function settlePromises(): Promise<void> {
  for (let turn = 0; turn < 8; turn++) await Promise.resolve();
}
