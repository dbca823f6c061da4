import type { Hex } from "@trellis/base";
import { keccak256, type Signature, type Signer } from "@trellis/crypto";

export interface WalletKey {
  readonly address: Hex;
  readonly holder: string;
  /** Signs with low s. @throws SIGNER_UNREACHABLE, SIGNER_SETUP_INVALID */
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
