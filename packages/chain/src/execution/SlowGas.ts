import { bytesToBigint, type Clock, type Random } from "@trellis/base";

/** Gas is slow below this rate. Swaps and transfers run ten times as fast (`bench evm`). */
const GAS_PER_MS = 350_000;
/** Large templates wait for this multiple of the excess time. */
const RECOVERY = 6;
/** A node is busy below this rate, measured with the work outside the EVM. */
const BUSY_GAS_PER_MS = 500_000;
const BUSY_RECOVERY = 8;
const RECOVERY_MS_MAX = 5_000;
/** Producers spread their large templates over this time. */
const TURN_MS_MAX = 1_000;
/** A smaller excess does not reset the turn. */
const TURN_EXCESS_MS = 20;
/** Time after the recovery in which more slow gas is likely. */
const AFTERMATH_MS = 10_000;
const RANDOM_BYTES = 4;

/** [EXEC-34] */
export class SlowGas {
  readonly #clock: Pick<Clock, "nowMs">;
  readonly #random: Random | undefined;
  #slowUntilMs = 0;
  #busyUntilMs = 0;
  #turnMs: number | undefined;

  constructor(clock: Pick<Clock, "nowMs">, random?: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  executed(gas: number, processorMs: number): void {
    const excessMs = processorMs - gas / GAS_PER_MS;
    this.#slowUntilMs = this.#extended(this.#slowUntilMs, RECOVERY * excessMs);
    if (excessMs > TURN_EXCESS_MS) this.#turnMs = undefined;
  }

  /** @param elapsedMs includes state derivation and other work of the block */
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

  /** Random, so that not all producers execute the next slow transaction. */
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

  #part(): number {
    if (this.#random === undefined) return 0;
    return Number(bytesToBigint(this.#random.bytes(RANDOM_BYTES))) / 2 ** (8 * RANDOM_BYTES);
  }
}
