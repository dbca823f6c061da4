import type { KeyAlgorithm, KeyPurpose } from "../keys/KeyHolder.ts";

/** Algorithms whose keys the signer uses in software. */
export const SIGNER_ALGORITHMS = ["secp256k1", "bls12-381", "ed25519", "ml-dsa-44", "ml-dsa-65"] as const;
export type SignerAlgorithm = (typeof SIGNER_ALGORITHMS)[number] & KeyAlgorithm;

/** Public part of a stored key. */
export interface SignerKey {
  /** `PURPOSE/NAME` */
  readonly id: string;
  readonly purpose: KeyPurpose;
  readonly algorithm: SignerAlgorithm;
  /** As in KeyDescription. */
  readonly publicKey: Uint8Array;
  readonly createdMs: number;
  /** From 1; a replacement of the key has the next one. */
  readonly version: number;
}

export interface SignerKeys {
  readonly all: readonly SignerKey[];
  find(id: string): SignerKey | undefined;
  /** Raw; of secp256k1 with or without the prefix 04, as Web3Signer names it. */
  findByPublicKey(publicKey: Uint8Array): SignerKey | undefined;
  /**
   * Decrypts the secret for the time of the call, and wipes it.
   * @throws ENVELOPE_BROKEN
   */
  use<T>(key: SignerKey, action: (secret: Uint8Array) => T): T;
}
