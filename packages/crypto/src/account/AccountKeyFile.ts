import type { Hex } from "@trellis/base";
import type { DeriveKey } from "../keystore/Keystore.ts";
import type { AccountAlgorithm } from "./AccountKey.ts";

/** Web3 Secret Storage version 3, or `trellis-account-key` version 1. [TX-15] */
export interface AccountKeyFile {
  readonly id: string;
  readonly address: Hex | undefined;
  readonly algorithm: AccountAlgorithm;
  /** Web3 files contain no public key. */
  readonly publicKey: Uint8Array | undefined;
  /**
   * ML-DSA seed or secp256k1 private key.
   * @throws KEYSTORE_PASSWORD_WRONG, KEYSTORE_INVALID, CRYPTO_KEY_INVALID
   */
  decrypt(password: string, deriveKey: DeriveKey): Promise<Uint8Array>;
}
