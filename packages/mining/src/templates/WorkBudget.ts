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
/** Valid work counts as recent for this time. [MINE-2, MINE-5] */
export const PROOF_MS = 600_000;
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
  /** Time of the last valid work. */
  readonly #proven = new LruMap<string, number>(CALLERS_MAX);
  #unproven: Budget;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#unproven = { leftUs: UNPROVEN.burstUs, atMs: clock.nowMs() };
  }

  /**
   * @param isKnown the caller has a key or is on this machine, and does not count as a stranger
   * @returns whether strangers share the charge, for `refund`
   * @throws MINING_LIMITED, MINING_BUSY
   */
  charge(caller: string, us: number, isKnown: boolean): boolean {
    const budget = this.#of(caller);
    const waitS = secondsUntil(budget, us, CALLER);
    if (waitS > 0) throw miningErrors.MINING_LIMITED({ reason: "too many wrong nonces", retryAfterS: waitS });
    const isShared = !isKnown && !this.#isProven(caller);
    if (isShared) {
      const unproven = this.#ofUnproven();
      const retryAfterS = secondsUntil(unproven, us, UNPROVEN);
      if (retryAfterS > 0)
        throw miningErrors.MINING_BUSY({ reason: "too many wrong nonces of others", retryAfterS });
      this.#unproven = { ...unproven, leftUs: unproven.leftUs - us };
    }
    this.#budgets.set(caller, { ...budget, leftUs: budget.leftUs - us });
    return isShared;
  }

  refund(caller: string, us: number, isShared: boolean): void {
    this.#budgets.set(caller, added(this.#of(caller), us, CALLER));
    if (isShared) this.#unproven = added(this.#ofUnproven(), us, UNPROVEN);
  }

  /** The caller has submitted valid work. */
  prove(caller: string): void {
    this.#proven.set(caller, this.#clock.nowMs());
  }

  #isProven(caller: string): boolean {
    const provenMs = this.#proven.get(caller);
    return provenMs !== undefined && this.#clock.nowMs() - provenMs < PROOF_MS;
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

/** 0: enough is left. */
function secondsUntil({ leftUs }: Budget, us: number, { usPerMs }: Limit): number {
  return leftUs >= us ? 0 : Math.ceil((us - leftUs) / usPerMs / 1_000);
}
