import type { Scheduler } from "@trellis/base";
import { rpcErrors } from "../errors.ts";
import type { RpcLimits } from "../options.ts";
import type { CallDeadline } from "./CallDeadline.ts";
import { FairQueue } from "./FairQueue.ts";

interface WaitingCall {
  readonly deadline: CallDeadline;
  readonly start: () => void;
  readonly stopWaiting: () => void;
}

/** Number of durations whose median predicts the next. */
const MEASURED_MAX = 15;
const RETRY_AFTER_S_MIN = 1;

/** Serves addresses in turn. Refuses calls that would miss their deadline. [RPC-23] */
export class WaitingCalls {
  readonly #queue = new FairQueue<WaitingCall>();
  readonly #limits: Pick<RpcLimits, "callsWaitingMax" | "clientCallsWaitingMax">;
  readonly #scheduler: Scheduler;
  readonly #places: number;
  readonly #durations: number[] = [];

  constructor(
    limits: Pick<RpcLimits, "callsWaitingMax" | "clientCallsWaitingMax">,
    scheduler: Scheduler,
    places: number,
  ) {
    this.#limits = limits;
    this.#scheduler = scheduler;
    this.#places = places;
  }

  get count(): number {
    return this.#queue.size;
  }

  ran(durationMs: number): void {
    this.#durations.push(durationMs);
    if (this.#durations.length > MEASURED_MAX) this.#durations.shift();
  }

  startNext(): boolean {
    const next = this.#queue.shift();
    if (next === undefined) return false;
    next.stopWaiting();
    next.start();
    return true;
  }

  wait(deadline: CallDeadline): Promise<void> {
    this.#admit(deadline);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const { session } = deadline;
    const give = (error: () => Error): void => {
      if (!this.#queue.remove(session, call)) return;
      call.stopWaiting();
      reject(error());
    };
    const forget = session.connection.onGone(() => give(() => rpcErrors.RPC_CLIENT_GONE()));
    const timer = this.#scheduler.after(deadline.restMs, () => give(() => this.#overloaded(session.address)));
    const call: WaitingCall = {
      deadline,
      start: resolve,
      stopWaiting() {
        forget();
        timer.cancel();
      },
    };
    this.#queue.push(session, call);
    return promise;
  }

  #admit(deadline: CallDeadline): void {
    deadline.check();
    const { address } = deadline.session;
    const { callsWaitingMax, clientCallsWaitingMax } = this.#limits;
    const isFull =
      this.#queue.size >= callsWaitingMax || this.#queue.sizeOf(address) >= clientCallsWaitingMax;
    if (isFull || this.#expectedWaitMs(address) > deadline.restMs) throw this.#overloaded(address);
  }

  /** Assumes that every other address is served once between two calls. */
  #expectedWaitMs(address: string): number {
    const rounds = this.#queue.sizeOf(address) + 1;
    const ahead = Math.min(this.#queue.size, rounds * this.#queue.addressCount);
    return ((ahead + 1) * this.#medianMs()) / this.#places;
  }

  #medianMs(): number {
    const sorted = this.#durations.toSorted((a, b) => a - b);
    return sorted[(sorted.length - 1) >> 1] ?? 0;
  }

  #overloaded(address: string): Error {
    const waiting = this.#queue.size;
    const retryAfterS = Math.max(RETRY_AFTER_S_MIN, Math.ceil(this.#expectedWaitMs(address) / 1_000));
    return rpcErrors.RPC_OVERLOADED({ waiting, ofClient: this.#queue.sizeOf(address), retryAfterS });
  }
}
