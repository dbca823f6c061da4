import type { Scheduler, Timer } from "@trellis/base";
import { EventDigest } from "./EventDigest.ts";
import { EventQueue, type QueuedEvent } from "./EventQueue.ts";
import { RandomStream } from "./RandomStream.ts";
import { Trace } from "./Trace.ts";

/** The owner of what happens to no node. */
export const NOBODY = -1;

/** Virtual time and everything that is going to happen in it. One event runs to its end before the next begins. */
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

  /** Virtual milliseconds from the start of the run. */
  get nowMs(): number {
    return this.#nowMs;
  }

  get eventCount(): number {
    return this.#eventCount;
  }

  /** A stream of randomness for one concern. */
  random(concern: string): RandomStream {
    return new RandomStream(this.seed, concern);
  }

  after(delayMs: number, task: () => void): Timer {
    return this.schedule(delayMs, NOBODY, "world", task);
  }

  /** @param owner the node that it happens to, or NOBODY */
  schedule(delayMs: number, owner: number, label: string, run: () => void): Timer {
    const event: QueuedEvent = {
      // Thousandths are enough, and keep sums exact whichever way they are made.
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

  /** Something that is part of what happened: of the digest, and of the trace. */
  note(owner: number, label: string, fact: string | number = ""): void {
    this.digest.number(owner);
    this.digest.text(label);
    if (typeof fact === "number") this.digest.number(fact);
    else this.digest.text(fact);
    this.trace.add(this.#eventCount, this.#nowMs, owner, label, fact);
  }

  /** The next event and all that follows from it without time passing; undefined when nothing will happen any more. */
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

/** Promises are settled before the event loop comes round. Nothing under test waits for anything but virtual time. */
export function quiescence(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
