import { assetsErrors } from "../errors.ts";

/** A check of a signature takes up to a millisecond: a claim has at most a second or two of them. */
export const SIGNATURE_CHECKS_MAX = 1000;

/** Bounds the work of one verification, and tells whether anything was signed at all. */
export class SignatureCounter {
  #checked = 0;
  #matched = 0;

  /** How many signatures matched. */
  get matched(): number {
    return this.#matched;
  }

  /** @throws BITCOIN_SCRIPT_UNSUPPORTED past the limit */
  check(isMatching: () => boolean): boolean {
    this.#checked++;
    if (this.#checked > SIGNATURE_CHECKS_MAX)
      throw assetsErrors.BITCOIN_SCRIPT_UNSUPPORTED({ signatureChecksMax: SIGNATURE_CHECKS_MAX });
    if (!isMatching()) return false;
    this.#matched++;
    return true;
  }
}
