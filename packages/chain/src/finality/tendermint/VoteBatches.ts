import { bytesToHex, isTrellisError } from "@trellis/base";
import type { Signed, Vote, VoteBundle, VoteOutcomes } from "@trellis/protocol";
import { finalityErrors } from "../errors.ts";
import type { ValidatorSet } from "../validatorSets/ValidatorSet.ts";

/** Allows `accept` once the set has verified the signature. */
export interface Admission {
  readonly set: ValidatorSet;
  accept(): void;
}

interface Waiting {
  readonly votes: VoteBundle;
  readonly settle: (outcomes: VoteOutcomes) => void;
  readonly fail: (error: unknown) => void;
}

type Verified = ReadonlyMap<Signed<Vote>, ValidatorSet>;

/**
 * Bundles that arrive during a verification wait and are then verified together, with one pairing for each
 * ballot and value. [FINAL-29]
 */
export class VoteBatches {
  readonly #examine: (signed: Signed<Vote>) => Admission;
  #waiting: Waiting[] = [];
  #isVerifying = false;

  /** @param examine throws if the vote is known, untimely or otherwise not worth a verification */
  constructor(examine: (signed: Signed<Vote>) => Admission) {
    this.#examine = examine;
  }

  receive(votes: VoteBundle): Promise<VoteOutcomes> {
    const { promise, resolve, reject } = Promise.withResolvers<VoteOutcomes>();
    this.#waiting.push({ votes, settle: resolve, fail: reject });
    if (!this.#isVerifying) void this.#verifyWaiting();
    return promise;
  }

  async #verifyWaiting(): Promise<void> {
    this.#isVerifying = true;
    for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
      const batch = this.#waiting.filter(({ votes }) => isSameContent(votes, first.votes));
      this.#waiting = this.#waiting.filter((waiting) => !batch.includes(waiting));
      try {
        await this.#verify(batch);
      } catch (error) {
        for (const { fail } of batch) fail(error);
      }
    }
    this.#isVerifying = false;
  }

  /** If the batch is invalid, verifies each bundle, so that only its sender is penalised. */
  async #verify(batch: readonly Waiting[]): Promise<void> {
    const together = await this.#verified(batch.flatMap(({ votes }) => votes));
    for (const { votes, settle } of batch) {
      const verified = together ?? (batch.length === 1 ? undefined : await this.#verified(votes));
      settle(votes.map((signed) => this.#outcomeOf(signed, verified)));
    }
  }

  /** @returns undefined if a signature is invalid */
  async #verified(votes: VoteBundle): Promise<Verified | undefined> {
    const verified = new Map<Signed<Vote>, ValidatorSet>();
    const distinct = new Map<string, Signed<Vote>>();
    let set: ValidatorSet | undefined;
    for (const signed of votes) {
      const admission = attempt(() => this.#examine(signed));
      if (isTrellisError(admission)) continue;
      set = admission.set;
      verified.set(signed, set);
      distinct.set(`${signed.message.validator} ${bytesToHex(signed.signature)}`, signed);
    }
    return set === undefined || (await set.areVotesValid([...distinct.values()])) ? verified : undefined;
  }

  /** Examines again, because the height may have changed during the verification. */
  #outcomeOf(signed: Signed<Vote>, verified: Verified | undefined): VoteOutcomes[number] {
    const { validator, height, round } = signed.message;
    return attempt((): undefined => {
      const { set, accept } = this.#examine(signed);
      if (verified === undefined) {
        const reason = "a signature of the bundle is not the validator's";
        throw finalityErrors.VOTE_INVALID({ reason, validator, height, round });
      }
      if (verified.get(signed) !== set) {
        throw finalityErrors.VOTE_UNTIMELY({ reason: "not needed on arrival", validator, height, round });
      }
      accept();
    });
  }
}

function attempt<T>(action: () => T) {
  try {
    return action();
  } catch (error) {
    if (isTrellisError(error)) return error;
    throw error;
  }
}

function isSameContent(first: VoteBundle, second: VoteBundle): boolean {
  const [a, b] = [first[0]!.message, second[0]!.message];
  return (
    a.epoch === b.epoch &&
    a.height === b.height &&
    a.round === b.round &&
    a.step === b.step &&
    a.value === b.value
  );
}
