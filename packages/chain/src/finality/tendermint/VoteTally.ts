import type { Hash, Signed, ValidatorIndex, Vote } from "@trellis/protocol";
import type { VotePower } from "../validatorSets/VotePower.ts";

/** The votes of one step of one round: one a validator, the first that came. */
export class VoteTally {
  readonly #power: VotePower;
  readonly #votes = new Map<ValidatorIndex, Signed<Vote>>();
  readonly #byValue = new Map<Hash | undefined, bigint>();
  #sum = 0n;

  constructor(power: VotePower) {
    this.#power = power;
  }

  /** The vote that the validator had cast before, if it is for something else: together they are evidence. */
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

  /** Two thirds have voted, for whatever. */
  get isQuorate(): boolean {
    return this.#power.isQuorum(this.#sum);
  }

  /** Two thirds voted for this. */
  hasQuorumFor(value: Hash | undefined): boolean {
    return this.#power.isQuorum(this.#byValue.get(value) ?? 0n);
  }

  /** The block that two thirds voted for. */
  get quorumValue(): Hash | undefined {
    for (const [value, power] of this.#byValue) {
      if (value !== undefined && this.#power.isQuorum(power)) return value;
    }
    return undefined;
  }

  /** What the validator said first. */
  voteOf(validator: ValidatorIndex): Signed<Vote> | undefined {
    return this.#votes.get(validator);
  }

  /** All, in the order in which they came. */
  votes(): Signed<Vote>[] {
    return [...this.#votes.values()];
  }

  /** Who voted for this. */
  votesFor(value: Hash): Signed<Vote>[] {
    return [...this.#votes.values()].filter(({ message }) => message.value === value);
  }
}
