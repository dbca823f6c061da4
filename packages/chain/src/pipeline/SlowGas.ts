import type { Clock } from "@trellis/base";

/** Gas that runs faster than this is never slow: swaps and token transfers run ten times as fast (`bench evm`). */
const GAS_PER_MS = 350_000;
/** Templates stay small for this many times the excess time. */
const RECOVERY = 6;
/** Large transactions wait no longer, however slow the gas was. ms */
const RECOVERY_MS_MAX = 5_000;

/**
 * Whether this node has just executed gas that runs slowly. Its templates are then small for a while: an attacker who
 * fills blocks with slow gas takes a part of its time, not all. [EXEC-34]
 */
export class SlowGas {
  readonly #clock: Pick<Clock, "nowMs">;
  #untilMs = 0;

  constructor(clock: Pick<Clock, "nowMs">) {
    this.#clock = clock;
  }

  /** One execution of a block or a template, with its processor time. */
  executed(gas: number, timeMs: number): void {
    const excessMs = timeMs - gas / GAS_PER_MS;
    if (excessMs <= 0) return;
    const nowMs = this.#clock.nowMs();
    this.#untilMs = Math.min(Math.max(nowMs, this.#untilMs) + RECOVERY * excessMs, nowMs + RECOVERY_MS_MAX);
  }

  get isRecovering(): boolean {
    return this.#clock.nowMs() < this.#untilMs;
  }
}
