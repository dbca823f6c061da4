import { type Clock, LruMap } from "@trellis/base";
import { miningErrors } from "../errors.ts";

interface Limit {
  readonly burstUs: number;
  readonly usPerMs: number;
}

/** Processor time for wrong nonces of one caller: half a second at once, then 2 % of a core. */
const CALLER: Limit = { burstUs: 500_000, usPerMs: 20 };
/** Of all callers without valid work, because one of them may have 65,536 networks (IPv6 /48). */
const UNPROVEN: Limit = { burstUs: 2_000_000, usPerMs: 250 };
/** An evicted caller regains its full budget, but counts as unproven. */
const CALLERS_MAX = 16_384;

interface Budget {
  readonly leftUs: number;
  readonly atMs: number;
}

/** Charges each verification before it runs, and refunds those of valid work. [MINE-5] */
export class WorkBudget {
  readonly #clock: Clock;
  readonly #budgets = new LruMap<string, Budget>(CALLERS_MAX);
  readonly #proven = new LruMap<string, true>(CALLERS_MAX);
  #unproven: Budget;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#unproven = { leftUs: UNPROVEN.burstUs, atMs: clock.nowMs() };
  }

  /** @throws MINING_LIMITED */
  charge(caller: string, us: number): void {
    const budget = this.#of(caller);
    requireLeft(budget, us, CALLER);
    if (!this.#isProven(caller)) {
      const unproven = this.#ofUnproven();
      requireLeft(unproven, us, UNPROVEN);
      this.#unproven = { ...unproven, leftUs: unproven.leftUs - us };
    }
    this.#budgets.set(caller, { ...budget, leftUs: budget.leftUs - us });
  }

  refund(caller: string, us: number): void {
    this.#budgets.set(caller, added(this.#of(caller), us, CALLER));
    if (!this.#isProven(caller)) this.#unproven = added(this.#ofUnproven(), us, UNPROVEN);
  }

  /** The caller has submitted valid work. */
  prove(caller: string): void {
    this.#proven.set(caller, true);
  }

  #isProven(caller: string): boolean {
    return this.#proven.get(caller) === true;
  }

  #of(caller: string): Budget {
    const nowMs = this.#clock.nowMs();
    return refilled(this.#budgets.get(caller) ?? { leftUs: CALLER.burstUs, atMs: nowMs }, nowMs, CALLER);
  }

  #ofUnproven(): Budget {
    return refilled(this.#unproven, this.#clock.nowMs(), UNPROVEN);
  }
}

function refilled(budget: Budget, nowMs: number, limit: Limit): Budget {
  const earnedUs = Math.max(0, nowMs - budget.atMs) * limit.usPerMs;
  return { ...added(budget, earnedUs, limit), atMs: nowMs };
}

function added(budget: Budget, us: number, { burstUs }: Limit): Budget {
  return { ...budget, leftUs: Math.min(burstUs, budget.leftUs + us) };
}

function requireLeft({ leftUs }: Budget, us: number, { usPerMs }: Limit): void {
  if (leftUs >= us) return;
  const retryAfterS = Math.ceil((us - leftUs) / usPerMs / 1_000);
  throw miningErrors.MINING_LIMITED({ reason: "too many wrong nonces", retryAfterS });
}
