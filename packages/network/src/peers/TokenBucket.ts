export interface BucketRate {
  readonly perSecond: number;
  /** Capacity, and initial tokens. */
  readonly burst: number;
}

/** Grants at most `burst + perSecond × time` in any time span. [PEER-12] */
export class TokenBucket {
  readonly #rate: BucketRate;
  #tokens: number;
  #atMs: number;

  constructor(rate: BucketRate, nowMs: number) {
    this.#rate = rate;
    this.#tokens = rate.burst;
    this.#atMs = nowMs;
  }

  take(tokens: number, nowMs: number): boolean {
    this.#refill(nowMs);
    if (!(tokens <= this.#tokens)) return false;
    this.#tokens -= Math.max(0, tokens);
    return true;
  }

  isFull(nowMs: number): boolean {
    this.#refill(nowMs);
    return this.#tokens >= this.#rate.burst;
  }

  #refill(nowMs: number): void {
    if (nowMs <= this.#atMs) return;
    const { perSecond, burst } = this.#rate;
    this.#tokens = Math.min(burst, this.#tokens + ((nowMs - this.#atMs) / 1_000) * perSecond);
    this.#atMs = nowMs;
  }
}
