import { bytesToHex } from "@trellis/base";
import type { ValidatorSet } from "../validatorSets/ValidatorSet.ts";

/** Keyed by public key, because indexes change with the set. */
export class ObservedValidators {
  readonly #own: ReadonlySet<string>;
  readonly #keys = new Set<string>();

  constructor(own: ReadonlySet<string>) {
    this.#own = own;
  }

  add(publicKey: Uint8Array): void {
    this.#keys.add(bytesToHex(publicKey));
  }

  forget(): void {
    this.#keys.clear();
  }

  areEnough(set: ValidatorSet): boolean {
    const own = this.#powerOf(set, (key) => this.#own.has(key));
    return this.areThird(set) || set.power.isQuorum(own + this.#observedPower(set));
  }

  /** Also true without other validators. */
  areThird(set: ValidatorSet): boolean {
    const others = this.#powerOf(set, (key) => !this.#own.has(key));
    return others === 0n || this.#observedPower(set) * 3n > others;
  }

  isAlone(set: ValidatorSet): boolean {
    return set.power.total > 0n && this.#powerOf(set, (key) => !this.#own.has(key)) === 0n;
  }

  #observedPower(set: ValidatorSet): bigint {
    return this.#powerOf(set, (key) => !this.#own.has(key) && this.#keys.has(key));
  }

  #powerOf({ validators }: ValidatorSet, isCounted: (key: string) => boolean): bigint {
    const counted = validators.filter(({ publicKey }) => isCounted(bytesToHex(publicKey)));
    return counted.reduce((sum, { power }) => sum + power, 0n);
  }
}
