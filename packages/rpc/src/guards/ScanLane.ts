import type { Clock, Scheduler } from "@trellis/base";
import type { Awaitable } from "@trellis/protocol";
import type { RpcLimits } from "../options.ts";
import type { CallDeadline } from "./CallDeadline.ts";
import { FairQueue, type Waiter } from "./FairQueue.ts";
import { WaitingCalls } from "./WaitingCalls.ts";

export interface Pacing {
  readonly isDue: boolean;
  pause(): Promise<void>;
}

/** Bounds the delay of incoming messages. */
const SLICE_MS = 5;
/** Bounds memory: each begun scan keeps its results. */
const BEGUN_MAX = 8;

/** All scans share one slice per event-loop turn. [RPC-23] */
export class ScanLane {
  readonly #clock: Clock;
  readonly #scheduler: Scheduler;
  readonly #waiting: WaitingCalls;
  readonly #paused = new FairQueue<() => void>();
  #begun = 0;
  #turnMs: number | undefined;
  #isArmed = false;
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

  get isDue(): boolean {
    if (this.#turnMs === undefined) {
      this.#turnMs = this.#clock.nowMs();
      this.#arm();
    }
    return this.#clock.nowMs() - this.#turnMs >= SLICE_MS;
  }

  /** Starts at once in an idle lane, so that a short scan needs no further turn. */
  run<T>(deadline: CallDeadline, scan: (pacing: Pacing) => Awaitable<T>): Awaitable<T> {
    deadline.check();
    const isFree = this.#waiting.count + this.#paused.size === 0 && this.#begun < BEGUN_MAX && !this.isDue;
    if (!isFree) return this.#runLater(deadline, scan);
    this.#begun++;
    return this.#begin(deadline, scan);
  }

  turn(waiter: Waiter): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#paused.push(waiter, resolve);
    this.#arm();
    return promise;
  }

  /** `pause` throws after a disconnection or the deadline. */
  pacing(deadline: CallDeadline): Pacing {
    const lane = this;
    return {
      get isDue() {
        return lane.isDue;
      },
      async pause() {
        deadline.check();
        deadline.stopWork();
        await lane.turn(deadline.session);
        deadline.startWork();
        deadline.check();
      },
    };
  }

  async #runLater<T>(deadline: CallDeadline, scan: (pacing: Pacing) => Awaitable<T>): Promise<T> {
    const turn = this.#waiting.wait(deadline);
    this.#arm();
    await turn;
    return this.#begin(deadline, scan);
  }

  #begin<T>(deadline: CallDeadline, scan: (pacing: Pacing) => Awaitable<T>): Awaitable<T> {
    const startMs = this.#clock.nowMs();
    const end = (): void => {
      deadline.stopWork();
      this.#waiting.ran(this.#clock.nowMs() - startMs);
      this.#begun--;
      if (this.#waiting.count > 0) this.#arm();
    };
    let found: Awaitable<T>;
    try {
      deadline.check();
      deadline.startWork();
      found = scan(this.pacing(deadline));
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

export const UNPACED: Pacing = { isDue: false, pause: async () => {} };
