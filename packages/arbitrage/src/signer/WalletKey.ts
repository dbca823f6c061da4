import type { Hex } from "@trellis/base";
import { keccak256, type Signature, type Signer } from "@trellis/crypto";

/** A secp256k1 key. */
export interface WalletKey {
  readonly address: Hex;
  /** For display, such as `keystore` or `vault transit/wallet`. */
  readonly holder: string;
  /**
   * Signs the payload's Keccak-256 hash with low s.
   * @throws SIGNER_UNREACHABLE, SIGNER_SETUP_INVALID
   */
  sign(payload: Uint8Array): Promise<Signature>;
  close(): Promise<void>;
}

export function createHeldKey(holder: string, address: Hex, signer: Signer): WalletKey {
  return {
    address,
    holder,
    sign: (payload) => signer.signHash(keccak256(payload)),
    close: async () => undefined,
  };
}
