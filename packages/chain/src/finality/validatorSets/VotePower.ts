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

  of(validator: number): bigint {
    return this.#powers[validator] ?? 0n;
  }

  /** True above two thirds, so that two quorums share an honest validator. */
  isQuorum(power: bigint): boolean {
    return power * 3n > this.total * 2n;
  }

  /** True above a third, so that at least one honest validator is included. */
  hasHonest(power: bigint): boolean {
    return power * 3n > this.total;
  }
}
