/** Mean time between shares of a worker. */
const SHARE_MS = 4_000;
const SHARES_SEEN = 16;
const WINDOW_MS = 30_000;
const RAISE_MAX = 64;
const LOWER_MAX = 4;
/** A smaller change is no reason to interrupt the miner. */
const CHANGE_MIN = 2;
/** 2^20 hashes: four seconds of one core. */
export const DIFFICULTY_MIN = 2 ** -12;
export const DIFFICULTY_MAX = 2 ** 40;
/** 2^26 hashes: four seconds of a small GPU. */
const DIFFICULTY_START = 2 ** -6;

/** Follows the worker's hash rate, unless it is fixed. [STRATUM-4] */
export class ShareDifficulty {
  readonly #isFixed: boolean;
  #current: number;
  #shares = 0;
  #sinceMs: number;

  /** @param fixed undefined: variable */
  constructor(fixed: number | undefined, nowMs: number) {
    this.#isFixed = fixed !== undefined;
    this.#current = fixed ?? DIFFICULTY_START;
    this.#sinceMs = nowMs;
  }

  get current(): number {
    return this.#current;
  }

  addShare(): void {
    this.#shares++;
  }

  /** Returns whether the difficulty has changed. */
  adjust(nowMs: number): boolean {
    const elapsedMs = Math.max(1, nowMs - this.#sinceMs);
    if (this.#isFixed || (this.#shares < SHARES_SEEN && elapsedMs < WINDOW_MS)) return false;
    const ratio = (this.#shares * SHARE_MS) / elapsedMs;
    const factor = Math.min(RAISE_MAX, Math.max(1 / LOWER_MAX, ratio));
    this.#shares = 0;
    this.#sinceMs = nowMs;
    const next = Math.min(DIFFICULTY_MAX, Math.max(DIFFICULTY_MIN, this.#current * factor));
    if (next < this.#current * CHANGE_MIN && next > this.#current / CHANGE_MIN) return false;
    this.#current = next;
    return true;
  }
}
