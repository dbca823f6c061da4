import type { Clock } from "@trellis/base";
import { type MempoolLimits, PRICE_BUMP_PERCENT } from "./limits.ts";

/** [POOL-10] */
export class FloorPrice {
  readonly #limits: Pick<MempoolLimits, "tipFloorWei" | "floorHalfLifeMs">;
  readonly #clock: Clock;
  #rise = 0n;
  #roseAtMs = 0;

  constructor(limits: Pick<MempoolLimits, "tipFloorWei" | "floorHalfLifeMs">, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
  }

  current(): bigint {
    return this.#limits.tipFloorWei + this.#riseLeft();
  }

  raiseAbove(tipWei: bigint): void {
    if (tipWei <= 0n) return;
    const floor = tipWei + (tipWei * PRICE_BUMP_PERCENT + 99n) / 100n;
    if (floor <= this.current()) return;
    this.#rise = floor - this.#limits.tipFloorWei;
    this.#roseAtMs = this.#clock.nowMs();
  }

  /** Linear between half-lives. Integers make replays exact. */
  #riseLeft(): bigint {
    if (this.#rise === 0n) return 0n;
    const elapsedMs = Math.max(0, Math.trunc(this.#clock.nowMs() - this.#roseAtMs));
    const { floorHalfLifeMs } = this.#limits;
    const halved = this.#rise >> BigInt(Math.floor(elapsedMs / floorHalfLifeMs));
    const part = BigInt(elapsedMs % floorHalfLifeMs);
    const left = halved - (halved * part) / BigInt(2 * floorHalfLifeMs);
    if (left === 0n) this.#rise = 0n;
    return left;
  }
}
