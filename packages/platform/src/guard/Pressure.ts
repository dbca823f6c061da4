export interface Load {
  /** How late a timer fires. */
  readonly delayMs: number;
  /** Busy share of the serving thread. */
  readonly cpu: number;
  /** Share of this process's memory limit. */
  readonly memory: number;
}

export const LOAD_MAX: Load = { delayMs: 200, cpu: 0.95, memory: 0.9 };

/** Percent. */
const SHARE_MIN = 5;
const INCREASE = 2;

/** Additive increase, multiplicative decrease. [GUARD-5] */
export class Pressure {
  readonly #max: Load;
  #percent = 100;

  constructor(max: Load = LOAD_MAX) {
    this.#max = max;
  }

  /** Share of low-priority callers' limits, 0.05 to 1. */
  get share(): number {
    return this.#percent / 100;
  }

  sample({ delayMs, cpu, memory }: Load): void {
    const isOver = delayMs > this.#max.delayMs || cpu > this.#max.cpu || memory > this.#max.memory;
    const { floor, max, min } = Math;
    this.#percent = isOver ? max(SHARE_MIN, floor(this.#percent / 2)) : min(100, this.#percent + INCREASE);
  }
}
