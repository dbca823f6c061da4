import type { Clock, Scheduler, Timer } from "@trellis/base";

/** Time that passes only when a test says so; what is due at once runs in the next turn. */
export class VirtualTime implements Clock, Scheduler {
  #nowMs = 1_700_000_000_000;
  readonly #tasks = new Set<{ readonly atMs: number; readonly task: () => void }>();

  nowMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, task: () => void): Timer {
    const entry = { atMs: this.#nowMs + delayMs, task };
    this.#tasks.add(entry);
    if (delayMs === 0) queueMicrotask(() => this.#run(entry));
    return { cancel: () => this.#tasks.delete(entry) };
  }

  advance(ms: number): void {
    this.#nowMs += ms;
    for (const entry of [...this.#tasks]) if (entry.atMs <= this.#nowMs) this.#run(entry);
  }

  #run(entry: { readonly atMs: number; readonly task: () => void }): void {
    if (this.#tasks.delete(entry)) entry.task();
  }
}
