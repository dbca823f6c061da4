import { privateKeyToAddress } from "../secp256k1/keys.ts";
import { sign } from "../secp256k1/sign.ts";
import type { Signature } from "../secp256k1/signature.ts";

/** The key may be in another process or in hardware. */
export interface Signer {
  /** 20 bytes. */
  readonly address: Uint8Array;
  /** Signs a 32-byte hash with low s. */
  signHash(hash: Uint8Array): Promise<Signature>;
}

/** @throws CRYPTO_KEY_INVALID */
export function createLocalSigner(privateKey: Uint8Array): Signer {
  // A closure keeps the key out of logs and serialised objects.
  const key = privateKey.slice();
  return {
    address: privateKeyToAddress(key),
    signHash: async (hash) => sign(hash, key),
  };
}
