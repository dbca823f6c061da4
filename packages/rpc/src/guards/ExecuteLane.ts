import { type Clock, isTrellisError, type Scheduler } from "@trellis/base";
import type { Awaitable, Cancellation } from "@trellis/protocol";
import { rpcErrors } from "../errors.ts";
import type { RpcLimits } from "../options.ts";
import type { CallDeadline } from "./CallDeadline.ts";
import { WaitingCalls } from "./WaitingCalls.ts";

interface ExecuteLaneOptions {
  readonly limits: Pick<RpcLimits, "callsWaitingMax" | "clientCallsWaitingMax">;
  readonly callWorkers: number;
}

const STOPPED: ReadonlySet<string> = new Set(["CALL_STOPPED", "CALL_ABANDONED"]);

export interface CallCancellation extends Cancellation {
  used(gas: bigint): void;
}

/** Runs one call per worker. [RPC-23] */
export class ExecuteLane {
  readonly #workers: number;
  readonly #clock: Clock;
  readonly #scheduler: Scheduler;
  readonly #waiting: WaitingCalls;
  #running = 0;

  constructor(
    { limits, callWorkers }: ExecuteLaneOptions,
    { clock, scheduler }: { readonly clock: Clock; readonly scheduler: Scheduler },
  ) {
    this.#workers = callWorkers;
    this.#clock = clock;
    this.#scheduler = scheduler;
    this.#waiting = new WaitingCalls(limits, scheduler, callWorkers);
  }

  get running(): number {
    return this.#running;
  }

  get waiting(): number {
    return this.#waiting.count;
  }

  /** Disconnection and deadline cancel the work. */
  async run<T>(deadline: CallDeadline, work: (cancellation: CallCancellation) => Awaitable<T>): Promise<T> {
    deadline.check();
    if (this.#running >= this.#workers || this.#waiting.count > 0) await this.#waiting.wait(deadline);
    else this.#running++;
    return this.#run(deadline, work);
  }

  async #run<T>(deadline: CallDeadline, work: (cancellation: CallCancellation) => Awaitable<T>): Promise<T> {
    const { promise: given, reject } = Promise.withResolvers<never>();
    const controller = new AbortController();
    const { signal } = controller;
    const give = (error: Error): void => {
      reject(error);
      controller.abort();
    };
    const forget = deadline.session.connection.onGone(() => give(rpcErrors.RPC_CLIENT_GONE()));
    const timer = this.#scheduler.after(deadline.restMs, () => give(deadline.timedOut()));
    const cancellation = {
      signal,
      isOver: () => signal.aborted || deadline.restMs === 0,
      used: (gas: bigint) => {
        deadline.gasUsed += Number(gas);
      },
    };
    const outcome = this.#hold(deadline, () => {
      deadline.check();
      return work(cancellation);
    });
    try {
      return await Promise.race([outcome, given]);
    } catch (error) {
      throw isStopped(error, deadline) ? deadline.timedOut(error) : error;
    } finally {
      forget();
      timer.cancel();
    }
  }

  /** A cancelled call occupies its worker until the work ends. */
  async #hold<T>(deadline: CallDeadline, work: () => Awaitable<T>): Promise<T> {
    const startMs = this.#clock.nowMs();
    deadline.startWork();
    try {
      return await work();
    } finally {
      deadline.stopWork();
      this.#waiting.ran(this.#clock.nowMs() - startMs);
      if (!this.#waiting.startNext()) this.#running--;
    }
  }
}

/** A read that its deadline cancels says that the client has left. */
function isStopped(error: unknown, { session }: CallDeadline): boolean {
  if (!isTrellisError(error)) return false;
  return STOPPED.has(error.code) || (error.code === "RPC_CLIENT_GONE" && !session.connection.isGone);
}
