/** A cost expires up to a sixteenth of the window late, never early. */
const PARTS = 16;
const SIZE = PARTS + 1;

/** [GUARD-3] */
export class SlidingWindow {
  readonly #costs = new Float64Array(SIZE);
  readonly #partMs: number;
  #part = 0;
  #at = 0;
  #total = 0;

  constructor(windowMs: number) {
    this.#partMs = windowMs / PARTS;
  }

  used(nowMs: number): number {
    this.#advance(nowMs);
    return this.#total;
  }

  /** Reduces a cost above the limit to the limit, so that it fits an empty window. */
  take(nowMs: number, cost: number, limit: number): boolean {
    this.#advance(nowMs);
    const charged = Math.min(cost, limit);
    if (this.#total + charged > limit) return false;
    this.#costs[this.#at]! += charged;
    this.#total += charged;
    return true;
  }

  add(nowMs: number, cost: number): void {
    this.#advance(nowMs);
    this.#costs[this.#at]! += cost;
    this.#total += cost;
  }

  get part(): number {
    return this.#part;
  }

  /** Refunds the charged part: a refund in a newer part would expire too late. */
  refund(part: number, cost: number): void {
    const age = this.#part - part;
    if (age < 0 || age > PARTS) return;
    const index = (this.#at - age + SIZE) % SIZE;
    const refunded = Math.min(cost, this.#costs[index]!);
    this.#costs[index]! -= refunded;
    this.#total -= refunded;
  }

  waitMs(nowMs: number, cost: number, limit: number): number {
    this.#advance(nowMs);
    let over = this.#total + Math.min(cost, limit) - limit;
    for (let age = PARTS; age >= 0 && over > 0; age--) {
      over -= this.#costs[(this.#at - age + SIZE) % SIZE]!;
      if (over <= 0) return Math.max(1, (this.#part - age + SIZE) * this.#partMs - nowMs);
    }
    return over > 0 ? SIZE * this.#partMs : 0;
  }

  /** Ignores small backward steps of the clock. After large ones, costs keep their age. */
  #advance(nowMs: number): void {
    const part = Math.floor(nowMs / this.#partMs);
    const steps = part - this.#part;
    if (steps === 0) return;
    if (steps < 0) {
      if (steps < -PARTS) this.#part = part;
      return;
    }
    this.#part = part;
    if (steps >= SIZE || this.#total === 0) {
      this.#costs.fill(0);
      this.#total = 0;
      return;
    }
    for (let step = 0; step < steps; step++) {
      this.#at = this.#at + 1 === SIZE ? 0 : this.#at + 1;
      this.#total -= this.#costs[this.#at]!;
      this.#costs[this.#at] = 0;
    }
  }
}
