/** The only place that defines two thirds and a third. */
export class VotePower {
  readonly #powers: readonly bigint[];
  readonly total: bigint;

  /** @param powers by validator index, wei */
  constructor(powers: readonly bigint[]) {
    this.#powers = powers;
    this.total = powers.reduce((sum, power) => sum + power, 0n);
  }

  get count(): number {
    return this.#powers.length;
  }

  /** 0 for a non-member. */
  of(validator: number): bigint {
    return this.#powers[validator] ?? 0n;
  }

  /** More than two thirds: two quorums share an honest validator. */
  isQuorum(power: bigint): boolean {
    return power * 3n > this.total * 2n;
  }

  /** More than a third includes an honest validator. */
  hasHonest(power: bigint): boolean {
    return power * 3n > this.total;
  }
}
