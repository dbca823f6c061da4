import { blsAggregate } from "@trellis/crypto";
import {
  bitsToSigners,
  type Certificate,
  type Signed,
  signersToBits,
  type ValidatorIndex,
  type Vote,
} from "@trellis/protocol";
import type { ValidatorSet } from "../validatorSets/ValidatorSet.ts";

/** Adds late precommits, so that slow validators do not count as absent. */
export class FullerCertificate {
  readonly #first: Certificate;
  readonly #set: ValidatorSet;
  readonly #signers: Set<ValidatorIndex>;
  readonly #signatures: Uint8Array[] = [];

  constructor(certificate: Certificate, set: ValidatorSet) {
    this.#first = certificate;
    this.#set = set;
    this.#signers = new Set(bitsToSigners(certificate.signers));
  }

  isWanted({ epoch, height, round, step, value, validator }: Vote): boolean {
    const first = this.#first;
    const isOfBallot =
      epoch === first.epoch && height === first.height && round === first.round && step === first.step;
    return isOfBallot && value === first.value && !this.#signers.has(validator);
  }

  /** @param signed verified vote that `isWanted` accepts */
  add({ message, signature }: Signed<Vote>): void {
    this.#signers.add(message.validator);
    this.#signatures.push(signature);
  }

  get isFull(): boolean {
    const { validators } = this.#set;
    return this.#signers.size === validators.filter(({ power }) => power > 0n).length;
  }

  get isFuller(): boolean {
    return this.#signatures.length > 0;
  }

  get certificate(): Certificate {
    if (!this.isFuller) return this.#first;
    return {
      ...this.#first,
      signers: signersToBits(this.#signers, this.#set.power.count),
      signature: blsAggregate([this.#first.signature, ...this.#signatures]),
    };
  }
}
