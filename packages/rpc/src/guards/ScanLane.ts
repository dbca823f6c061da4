import type { Clock, Scheduler } from "@trellis/base";
import type { Awaitable } from "@trellis/protocol";
import type { RpcLimits } from "../options.ts";
import type { CallTerms } from "./CallTerms.ts";
import { FairQueue, type Waiter } from "./FairQueue.ts";
import { WaitingCalls } from "./WaitingCalls.ts";

/** Lets other work in while a long loop runs. */
export interface Pacing {
  /** True when `pause` is due. */
  readonly isDue: boolean;
  /** @throws RPC_CLIENT_GONE, RPC_CALL_TIMED_OUT */
  pause(): Promise<void>;
}

/** Work of one turn of the event loop: what comes in meanwhile waits so long. ms */
const SLICE_MS = 5;
/** Scans that have begun hold what they have found. */
const BEGUN_MAX = 8;

/**
 * Runs long reads on the thread that serves: one slice in each turn of the event loop, all of them together. Addresses
 * and connections take turns slice by slice. [RPC-23]
 */
export class ScanLane {
  readonly #clock: Clock;
  readonly #scheduler: Scheduler;
  readonly #waiting: WaitingCalls;
  readonly #paused = new FairQueue<() => void>();
  #begun = 0;
  /** When the first slice of this turn began; undefined before any. */
  #turnMs: number | undefined;
  #isArmed = false;
  /** Whether a paused one comes next: it takes turns with those that wait to begin. */
  #isPausedNext = true;

  constructor(
    limits: Pick<RpcLimits, "callsWaitingMax" | "clientCallsWaitingMax">,
    { clock, scheduler }: { readonly clock: Clock; readonly scheduler: Scheduler },
  ) {
    this.#clock = clock;
    this.#scheduler = scheduler;
    this.#waiting = new WaitingCalls(limits, scheduler, BEGUN_MAX);
  }

  get begun(): number {
    return this.#begun;
  }

  get waiting(): number {
    return this.#waiting.count;
  }

  /** True when this turn of the event loop has done its share. */
  get isDue(): boolean {
    if (this.#turnMs === undefined) {
      this.#turnMs = this.#clock.nowMs();
      this.#arm();
    }
    return this.#clock.nowMs() - this.#turnMs >= SLICE_MS;
  }

  /**
   * Runs a scan: at once where nobody waits, so that a short one answers in the same turn.
   * @throws RPC_OVERLOADED, RPC_CLIENT_GONE, RPC_CALL_TIMED_OUT
   */
  run<T>(terms: CallTerms, scan: (pacing: Pacing) => Awaitable<T>): Awaitable<T> {
    terms.check();
    const isFree = this.#waiting.count + this.#paused.size === 0 && this.#begun < BEGUN_MAX && !this.isDue;
    if (!isFree) return this.#runLater(terms, scan);
    this.#begun++;
    return this.#begin(terms, scan);
  }

  /** Waits for the next slice that falls to a client. */
  turn(waiter: Waiter): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#paused.push(waiter, resolve);
    this.#arm();
    return promise;
  }

  /** Slices for work of a client that is no scan: a batch. It ends when the client is gone. */
  pacing(terms: CallTerms): Pacing {
    const lane = this;
    return {
      get isDue() {
        return lane.isDue;
      },
      async pause() {
        terms.check();
        await lane.turn(terms.session);
        terms.check();
      },
    };
  }

  async #runLater<T>(terms: CallTerms, scan: (pacing: Pacing) => Awaitable<T>): Promise<T> {
    const turn = this.#waiting.wait(terms);
    this.#arm();
    await turn;
    return this.#begin(terms, scan);
  }

  /** The place is taken already. */
  #begin<T>(terms: CallTerms, scan: (pacing: Pacing) => Awaitable<T>): Awaitable<T> {
    const startMs = this.#clock.nowMs();
    const end = (): void => {
      this.#waiting.ran(this.#clock.nowMs() - startMs);
      this.#begun--;
      if (this.#waiting.count > 0) this.#arm();
    };
    let found: Awaitable<T>;
    try {
      terms.check();
      found = scan(this.pacing(terms));
    } catch (error) {
      end();
      throw error;
    }
    if (found instanceof Promise) return found.finally(end);
    end();
    return found;
  }

  #arm(): void {
    if (this.#isArmed) return;
    this.#isArmed = true;
    this.#scheduler.after(0, () => this.#next());
  }

  #next(): void {
    this.#isArmed = false;
    this.#turnMs = undefined;
    const isStarting = this.#begun < BEGUN_MAX && this.#waiting.count > 0;
    const isPausedNext = this.#paused.size > 0 && (this.#isPausedNext || !isStarting);
    this.#isPausedNext = !isPausedNext;
    if (isPausedNext) {
      this.#turnMs = this.#clock.nowMs();
      this.#paused.shift()?.();
    } else if (isStarting) {
      this.#turnMs = this.#clock.nowMs();
      this.#begun++;
      this.#waiting.startNext();
    }
    if (this.#turnMs !== undefined) this.#arm();
  }
}

/** For what is short: it is never due. */
export const UNPACED: Pacing = { isDue: false, pause: async () => {} };
