import type { Clock } from "@trellis/base";

/** The node's clock plus what a program added. Never earlier than the newest block. [DEV-2] */
export class ControlledClock implements Clock {
  offsetMs = 0;
  readonly #clock: Clock;
  readonly #newestMs: () => number;
  /** Time continues from here, not from the node's clock. */
  readonly #forkedMs: number | undefined;

  constructor(clock: Clock, newestMs: () => number, forkedMs?: number) {
    this.#clock = clock;
    this.#newestMs = newestMs;
    this.#forkedMs = forkedMs;
  }

  /** Time that was set before a restart continues. */
  resume(): void {
    const aheadMs = this.#newestMs() - this.#clock.nowMs();
    this.offsetMs = this.#forkedMs === undefined ? Math.max(0, aheadMs) : aheadMs;
  }

  nowMs(): number {
    return Math.max(this.#clock.nowMs() + this.offsetMs, this.#newestMs());
  }

  restart(): void {
    this.offsetMs = this.#forkedMs === undefined ? 0 : this.#forkedMs - this.#clock.nowMs();
  }

  moveTo(nowMs: number): void {
    this.offsetMs = nowMs - this.#clock.nowMs();
  }
}
