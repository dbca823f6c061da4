import type { Hash, ValidatorIndex, Vote } from "@trellis/protocol";
import type { VotePower } from "./VotePower.ts";

/** The votes of one step of one round: one a validator, the first that came. */
export class VoteTally {
  readonly #power: VotePower;
  readonly #votes = new Map<ValidatorIndex, Vote>();
  readonly #byValue = new Map<Hash | undefined, bigint>();
  #sum = 0n;

  constructor(power: VotePower) {
    this.#power = power;
  }

  /** The vote that the validator had cast before, if it is for something else: together they are evidence. */
  add(vote: Vote): Vote | undefined {
    const before = this.#votes.get(vote.validator);
    if (before !== undefined) return before.value === vote.value ? undefined : before;
    const power = this.#power.of(vote.validator);
    this.#votes.set(vote.validator, vote);
    this.#byValue.set(vote.value, (this.#byValue.get(vote.value) ?? 0n) + power);
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

  votes(): IterableIterator<Vote> {
    return this.#votes.values();
  }
}
