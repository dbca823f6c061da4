import { bytesToBigint, type Clock, type Random } from "@trellis/base";

/** Gas that runs faster than this is never slow: swaps and token transfers run ten times as fast (`bench evm`). */
const GAS_PER_MS = 350_000;
/** Templates stay small for this many times the excess time. */
const RECOVERY = 6;
/** A node whose blocks take longer than this, with all that goes with them, is busy. */
const BUSY_GAS_PER_MS = 500_000;
const BUSY_RECOVERY = 8;
/** Large transactions wait no longer, however slow the gas was. ms */
const RECOVERY_MS_MAX = 5_000;
/** Producers that begin with large templates again do so at times spread over this. ms */
const TURN_MS_MAX = 1_000;
/** Executions that take less beyond what their gas may take leave the turn as it is. ms */
const TURN_EXCESS_MS = 20;
/** Slow gas is likely to be followed by more of it for so long. ms */
const AFTERMATH_MS = 10_000;
const RANDOM_BYTES = 4;

/**
 * Whether this node has just executed gas that runs slowly. Its templates are then small for a while: an attacker who
 * fills blocks with slow gas takes a part of its time, not all. [EXEC-34]
 */
export class SlowGas {
  readonly #clock: Pick<Clock, "nowMs">;
  readonly #random: Random | undefined;
  #slowUntilMs = 0;
  #busyUntilMs = 0;
  #turnMs: number | undefined;

  /** @param random without it a producer has its turn at once */
  constructor(clock: Pick<Clock, "nowMs">, random?: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  /** One execution of a block or a template, with its processor time. */
  executed(gas: number, processorMs: number): void {
    const excessMs = processorMs - gas / GAS_PER_MS;
    this.#slowUntilMs = this.#extended(this.#slowUntilMs, RECOVERY * excessMs);
    if (excessMs > TURN_EXCESS_MS) this.#turnMs = undefined;
  }

  /** From the beginning of the same execution to the new state, with what else the node did meanwhile. */
  took(gas: number, elapsedMs: number): void {
    const excessMs = elapsedMs - gas / BUSY_GAS_PER_MS;
    this.#busyUntilMs = this.#extended(this.#busyUntilMs, BUSY_RECOVERY * excessMs);
  }

  get isRecovering(): boolean {
    return this.#clock.nowMs() < this.#slowUntilMs;
  }

  get isLikely(): boolean {
    return this.#clock.nowMs() < this.#slowUntilMs + AFTERMATH_MS;
  }

  /**
   * Whether a producer among others may make a large template: not while the node recovers or is busy, and after slow
   * gas only at its turn, so that not all of them execute the next slow block at once.
   */
  hasTurn(): boolean {
    const nowMs = this.#clock.nowMs();
    if (nowMs < this.#slowUntilMs || nowMs < this.#busyUntilMs) return false;
    this.#turnMs ??= nowMs + this.#part() * TURN_MS_MAX;
    return nowMs >= this.#turnMs;
  }

  #extended(untilMs: number, byMs: number): number {
    if (byMs <= 0) return untilMs;
    const nowMs = this.#clock.nowMs();
    return Math.min(Math.max(nowMs, untilMs) + byMs, nowMs + RECOVERY_MS_MAX);
  }

  /** At least 0 and below 1. */
  #part(): number {
    if (this.#random === undefined) return 0;
    return Number(bytesToBigint(this.#random.bytes(RANDOM_BYTES))) / 2 ** (8 * RANDOM_BYTES);
  }
}
