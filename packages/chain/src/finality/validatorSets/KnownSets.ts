import type { ValidatorSet } from "./ValidatorSet.ts";

/** Two sets vote at a time; older ones are kept to verify evidence. */
const SETS_MAX = 4;

export class KnownSets {
  readonly #sets = new Map<number, ValidatorSet>();

  get(epoch: number): ValidatorSet | undefined {
    return this.#sets.get(epoch);
  }

  remember(set: ValidatorSet): void {
    this.#sets.set(set.epoch, set);
    for (const [epoch] of this.#sets) {
      if (this.#sets.size <= SETS_MAX) return;
      this.#sets.delete(epoch);
    }
  }
}
