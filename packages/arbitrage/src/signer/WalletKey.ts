import type { Hex } from "@trellis/base";
import { keccak256, type Signature, type Signer } from "@trellis/crypto";

/** Port: what holds the wallet's secp256k1 key: this process, a Vault, a key service, another signer. */
export interface WalletKey {
  readonly address: Hex;
  /** What holds it, for people: `keystore`, `vault transit/wallet`. */
  readonly holder: string;
  /**
   * Signs the Keccak-256 of a payload; s is low.
   * @throws SIGNER_KEY_UNREACHABLE, SIGNER_KEY_UNUSABLE
   */
  sign(payload: Uint8Array): Promise<Signature>;
}

/** A key that is in this process. */
export function createHeldKey(holder: string, address: Hex, signer: Signer): WalletKey {
  return { address, holder, sign: (payload) => signer.signHash(keccak256(payload)) };
}
