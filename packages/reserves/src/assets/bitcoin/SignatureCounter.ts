import { assetsErrors } from "../errors.ts";

/** A signature check takes up to 1 ms, so a claim's checks take at most 1 s. */
export const SIGNATURE_CHECKS_MAX = 1000;

export class SignatureCounter {
  #checked = 0;
  #matched = 0;

  get matched(): number {
    return this.#matched;
  }

  check(isMatching: () => boolean): boolean {
    this.#checked++;
    if (this.#checked > SIGNATURE_CHECKS_MAX)
      throw assetsErrors.BITCOIN_SCRIPT_UNSUPPORTED({ signatureChecksMax: SIGNATURE_CHECKS_MAX });
    if (!isMatching()) return false;
    this.#matched++;
    return true;
  }
}
