import { ALGORITHMS } from "./algorithms.ts";
import type { SigningAlgorithm } from "./KeyHolder.ts";

/** Logs and serialised objects omit the private key. */
export class LocalKey {
  readonly algorithm: SigningAlgorithm;
  readonly publicKey: Uint8Array;
  readonly #secret: Uint8Array;

  /** @param secret 32 bytes, copied @throws CRYPTO_KEY_INVALID */
  constructor(algorithm: SigningAlgorithm, secret: Uint8Array) {
    this.algorithm = algorithm;
    this.#secret = secret.slice();
    this.publicKey = ALGORITHMS[algorithm].publicKeyOf(this.#secret);
  }

  /** As KeyHolder.sign. */
  sign(payload: Uint8Array): Uint8Array {
    return ALGORITHMS[this.algorithm].sign(payload, this.#secret);
  }

  wipe(): void {
    this.#secret.fill(0);
  }
}
