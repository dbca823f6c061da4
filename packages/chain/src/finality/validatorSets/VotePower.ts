/** The voting power of a validator set: the last word on what is two thirds, and what is a third. */
export class VotePower {
  readonly #powers: readonly bigint[];
  readonly total: bigint;

  /** @param powers by validator index, stake in wei */
  constructor(powers: readonly bigint[]) {
    this.#powers = powers;
    this.total = powers.reduce((sum, power) => sum + power, 0n);
  }

  /** How many validators there are. */
  get count(): number {
    return this.#powers.length;
  }

  /** 0 for a stranger. */
  of(validator: number): bigint {
    return this.#powers[validator] ?? 0n;
  }

  /** More than two thirds: two such sets have an honest validator in common. */
  isQuorum(power: bigint): boolean {
    return power * 3n > this.total * 2n;
  }

  /** More than a third: an honest validator is among them. */
  hasHonest(power: bigint): boolean {
    return power * 3n > this.total;
  }
}
