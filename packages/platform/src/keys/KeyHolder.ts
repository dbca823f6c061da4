export const SIGNING_ALGORITHMS = [
  "secp256k1",
  "ml-dsa-44",
  "ml-dsa-65",
  "bls12-381",
  "ed25519",
  "p256",
] as const;
export type SigningAlgorithm = (typeof SIGNING_ALGORITHMS)[number];
export const KEY_ALGORITHMS = [...SIGNING_ALGORITHMS, "aes-256-gcm"] as const;
export type KeyAlgorithm = (typeof KEY_ALGORITHMS)[number];

export const KEY_PURPOSES = [
  "account",
  "validator",
  "peer",
  "record",
  "log",
  "anchor",
  "session",
  "webhook",
  "signer-channel",
  "encryption",
] as const;
export type KeyPurpose = (typeof KEY_PURPOSES)[number];

/** Printable, except `publicKey`. */
export interface KeyDescription {
  /** Unique within the holder. */
  readonly id: string;
  readonly purpose: KeyPurpose;
  readonly algorithm: KeyAlgorithm;
  /**
   * Raw: 65 bytes (uncompressed) for secp256k1 and p256, 48 for bls12-381, 32 for ed25519, FIPS 204 for
   * ML-DSA. Absent for symmetric keys, and while a password encrypts the key.
   */
  readonly publicKey?: Uint8Array;
  readonly createdMs?: number;
  /** Creation time of the version in use, if not the first. */
  readonly rotatedMs?: number;
  /** Such as `vault transit`. */
  readonly holder: string;
  /** File, URL or slot. */
  readonly location: string;
}

export interface KeyHolder {
  readonly name: string;
  /** @throws SIGNER_UNREACHABLE, SIGNER_SETUP_INVALID */
  list(): Promise<readonly KeyDescription[]>;
  /**
   * @param payload the 32-byte digest for secp256k1 and p256, otherwise the message
   * @returns r ‖ s ‖ yParity with low s (65 bytes) for secp256k1, r ‖ s for p256, otherwise the scheme's raw
   * signature; verified
   * @throws SIGNER_UNREACHABLE, SIGNER_SETUP_INVALID, and the holder's refusals
   */
  sign(id: string, payload: Uint8Array, signal?: AbortSignal): Promise<Uint8Array>;
  /** Only for holders that hash messages themselves (Web3Signer): signs the Keccak-256. */
  signMessage?(id: string, message: Uint8Array, signal?: AbortSignal): Promise<Uint8Array>;
  /** Wipes keys and closes connections. Idempotent. */
  close(): Promise<void>;
}
