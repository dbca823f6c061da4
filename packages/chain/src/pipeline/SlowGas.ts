import type { Clock } from "@trellis/base";

/** Gas that runs faster than this is never slow: common transactions reach two to five times as much. */
const GAS_PER_MS = 150_000;
/** After so much longer than its gas should take, a node has others' transactions first for so many times that long. */
const RECOVERY = 6;
/** However slow: a transaction that waits is not left behind. ms */
const RECOVERY_MS_MAX = 5_000;

/**
 * Whether this node has lately executed gas that runs slowly. Its templates are small for a while then, so that whoever
 * fills blocks with slow gas takes a part of the time and not all of it. [EXEC-34]
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
