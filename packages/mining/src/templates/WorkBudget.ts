import { type Clock, LruMap } from "@trellis/base";
import { miningErrors } from "../errors.ts";

/** Processor time for wrong nonces of one caller: half a second at once, then 2 % of a core. */
const BURST_US = 500_000;
const US_PER_MS = 20;
/** An evicted caller regains its full budget. */
const CALLERS_MAX = 16_384;

interface Budget {
  leftUs: number;
  atMs: number;
}

/** Charges each verification before it runs, and refunds those of valid work. [MINE-5] */
export class WorkBudget {
  readonly #clock: Clock;
  readonly #budgets = new LruMap<string, Budget>(CALLERS_MAX);

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @throws MINING_LIMITED */
  charge(caller: string, us: number): void {
    const budget = this.#refilled(caller);
    if (budget.leftUs < us) {
      const retryAfterS = Math.ceil((us - budget.leftUs) / US_PER_MS / 1_000);
      throw miningErrors.MINING_LIMITED({ reason: "too many wrong nonces", retryAfterS });
    }
    budget.leftUs -= us;
  }

  refund(caller: string, us: number): void {
    const budget = this.#refilled(caller);
    budget.leftUs = Math.min(BURST_US, budget.leftUs + us);
  }

  #refilled(caller: string): Budget {
    const nowMs = this.#clock.nowMs();
    const { leftUs, atMs } = this.#budgets.get(caller) ?? { leftUs: BURST_US, atMs: nowMs };
    const earnedUs = Math.max(0, nowMs - atMs) * US_PER_MS;
    const budget = { leftUs: Math.min(BURST_US, leftUs + earnedUs), atMs: nowMs };
    this.#budgets.set(caller, budget);
    return budget;
  }
}
