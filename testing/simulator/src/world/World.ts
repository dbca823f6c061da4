import type { Scheduler, Timer } from "@trellis/base";
import { EventDigest } from "./EventDigest.ts";
import { EventQueue, type QueuedEvent } from "./EventQueue.ts";
import { RandomStream } from "./RandomStream.ts";
import { Trace } from "./Trace.ts";

export const NOBODY = -1;

export class World implements Scheduler {
  readonly seed: number;
  readonly trace = new Trace();
  readonly digest = new EventDigest();
  readonly #queue = new EventQueue();
  readonly #ties: RandomStream;
  #nowMs = 0;
  #eventCount = 0;
  #serial = 0;

  constructor(seed: number) {
    this.seed = seed;
    this.#ties = this.random("order of events");
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  get eventCount(): number {
    return this.#eventCount;
  }

  random(concern: string): RandomStream {
    return new RandomStream(this.seed, concern);
  }

  after(delayMs: number, task: () => void): Timer {
    return this.schedule(delayMs, NOBODY, "world", task);
  }

  schedule(delayMs: number, owner: number, label: string, run: () => void): Timer {
    const event: QueuedEvent = {
      // Rounded to µs, so that sums are equal in any order.
      atMs: Math.round((this.#nowMs + Math.max(0, delayMs)) * 1_000) / 1_000,
      tie: this.#ties.uint32(),
      serial: this.#serial++,
      owner,
      label,
      run,
    };
    this.#queue.push(event);
    return {
      cancel: () => {
        event.run = undefined;
      },
    };
  }

  note(owner: number, label: string, fact: string | number = ""): void {
    this.digest.number(owner);
    this.digest.text(label);
    if (typeof fact === "number") this.digest.number(fact);
    else this.digest.text(fact);
    this.trace.add(this.#eventCount, this.#nowMs, owner, label, fact);
  }

  async step(): Promise<QueuedEvent | undefined> {
    const event = this.#queue.pop();
    if (event === undefined) return undefined;
    const { run } = event;
    event.run = undefined;
    this.#nowMs = event.atMs;
    this.#eventCount++;
    this.digest.number(event.atMs);
    this.note(event.owner, event.label);
    run!();
    await quiescence();
    return event;
  }
}

/** One macrotask suffices, because simulated code awaits only virtual time. */
export function quiescence(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
