import { bytesToHex } from "@trellis/base";
import type { ValidatorSet } from "../validatorSets/ValidatorSet.ts";

/** The other validators whom one that listens has heard, by key: sets change meanwhile. */
export class ObservedValidators {
  readonly #self: string;
  readonly #keys = new Set<string>();

  /** @param self the own key, whoever speaks with it */
  constructor(self: Uint8Array) {
    this.#self = bytesToHex(self);
  }

  add(publicKey: Uint8Array): void {
    this.#keys.add(bytesToHex(publicKey));
  }

  forget(): void {
    this.#keys.clear();
  }

  /**
   * They hold more than a third of the others' power, or two thirds of all together with the own: whose vote is enough
   * for that is not held up by others who are away. [FINAL-12]
   */
  areEnough(set: ValidatorSet): boolean {
    const own = this.#powerOf(set, (key) => key === this.#self);
    return this.areThird(set) || set.power.isQuorum(own + this.#observedPower(set));
  }

  /** More than a third of the others' power; who is alone has nobody to hear. */
  areThird(set: ValidatorSet): boolean {
    const others = this.#powerOf(set, (key) => key !== this.#self);
    return others === 0n || this.#observedPower(set) * 3n > others;
  }

  /** All the power is the own key's. */
  isAlone(set: ValidatorSet): boolean {
    return set.power.total > 0n && this.#powerOf(set, (key) => key !== this.#self) === 0n;
  }

  #observedPower(set: ValidatorSet): bigint {
    return this.#powerOf(set, (key) => key !== this.#self && this.#keys.has(key));
  }

  #powerOf({ validators }: ValidatorSet, isCounted: (key: string) => boolean): bigint {
    const counted = validators.filter(({ publicKey }) => isCounted(bytesToHex(publicKey)));
    return counted.reduce((sum, { power }) => sum + power, 0n);
  }
}
