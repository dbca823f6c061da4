import type { Hash, Signed, ValidatorIndex, Vote } from "@trellis/protocol";
import type { VotePower } from "../validatorSets/VotePower.ts";

export class VoteTally {
  readonly #power: VotePower;
  readonly #votes = new Map<ValidatorIndex, Signed<Vote>>();
  readonly #byValue = new Map<Hash | undefined, bigint>();
  #sum = 0n;

  constructor(power: VotePower) {
    this.#power = power;
  }

  /** @returns the validator's first vote if it differs, as evidence */
  add(signed: Signed<Vote>): Signed<Vote> | undefined {
    const { validator, value } = signed.message;
    const before = this.#votes.get(validator);
    if (before !== undefined) return before.message.value === value ? undefined : before;
    const power = this.#power.of(validator);
    this.#votes.set(validator, signed);
    this.#byValue.set(value, (this.#byValue.get(value) ?? 0n) + power);
    this.#sum += power;
    return undefined;
  }

  get isQuorate(): boolean {
    return this.#power.isQuorum(this.#sum);
  }

  hasQuorumFor(value: Hash | undefined): boolean {
    return this.#power.isQuorum(this.#byValue.get(value) ?? 0n);
  }

  get quorumValue(): Hash | undefined {
    for (const [value, power] of this.#byValue) {
      if (value !== undefined && this.#power.isQuorum(power)) return value;
    }
    return undefined;
  }

  voteOf(validator: ValidatorIndex): Signed<Vote> | undefined {
    return this.#votes.get(validator);
  }

  votes(): Signed<Vote>[] {
    return [...this.#votes.values()];
  }

  votesFor(value: Hash): Signed<Vote>[] {
    return [...this.#votes.values()].filter(({ message }) => message.value === value);
  }
}
