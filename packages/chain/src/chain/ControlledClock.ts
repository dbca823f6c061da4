import type { Clock } from "@trellis/base";

/** The node's clock plus what a program added. Never earlier than the newest block. [DEV-2] */
export class ControlledClock implements Clock {
  offsetMs = 0;
  readonly #clock: Clock;
  readonly #newestMs: () => number;

  constructor(clock: Clock, newestMs: () => number) {
    this.#clock = clock;
    this.#newestMs = newestMs;
  }

  /** Time that was set before a restart continues. */
  resume(): void {
    this.offsetMs = Math.max(0, this.#newestMs() - this.#clock.nowMs());
  }

  nowMs(): number {
    return Math.max(this.#clock.nowMs() + this.offsetMs, this.#newestMs());
  }

  restart(): void {
    this.offsetMs = 0;
  }

  moveTo(nowMs: number): void {
    this.offsetMs = nowMs - this.#clock.nowMs();
  }
}
