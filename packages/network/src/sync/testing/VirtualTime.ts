import type { Clock, Random, Scheduler, Timer } from "@trellis/base";
import { keccak256 } from "@trellis/crypto";

interface Task {
  readonly atMs: number;
  readonly serial: number;
  run: (() => void) | undefined;
}

/** Time that passes only when nothing is left to do in the moment. */
export class VirtualTime implements Clock, Scheduler {
  #nowMs: number;
  #serial = 0;
  #tasks: Task[] = [];

  constructor(startMs: number) {
    this.#nowMs = startMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, run: () => void): Timer {
    const task: Task = { atMs: this.#nowMs + delayMs, serial: this.#serial++, run };
    this.#tasks.push(task);
    return {
      cancel() {
        task.run = undefined;
      },
    };
  }

  wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.after(ms, resolve);
    });
  }

  /** Runs what happens within that time, or until it is done. */
  async run(ms: number, isDone: () => boolean = () => false): Promise<void> {
    const endMs = this.#nowMs + ms;
    for (;;) {
      await settle();
      if (isDone()) return;
      this.#tasks = this.#tasks.filter(({ run }) => run !== undefined);
      const next = this.#tasks.reduce<Task | undefined>(
        (first, task) =>
          first === undefined ||
          task.atMs < first.atMs ||
          (task.atMs === first.atMs && task.serial < first.serial)
            ? task
            : first,
        undefined,
      );
      if (next === undefined || next.atMs > endMs) break;
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      const { run } = next;
      next.run = undefined;
      run?.();
    }
    this.#nowMs = endMs;
  }
}

/** Everything that follows from what has happened, file system of the process included. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** The same bytes for the same seed. */
export function seededBytes(seed: string): Random {
  let state = keccak256(new TextEncoder().encode(seed));
  return {
    bytes(count) {
      const result = new Uint8Array(count);
      for (let at = 0; at < count; at += state.length) {
        state = keccak256(state);
        result.set(state.subarray(0, Math.min(state.length, count - at)), at);
      }
      return result;
    },
  };
}
