import { privateKeyToAddress } from "../secp256k1/keys.ts";
import { sign } from "../secp256k1/sign.ts";
import type { Signature } from "../secp256k1/signature.ts";

/** Port: a key in this process, another one, or hardware. */
export interface Signer {
  /** 20 bytes. */
  readonly address: Uint8Array;
  /** 32 bytes; s is low. */
  signHash(hash: Uint8Array): Promise<Signature>;
}

/** @throws CRYPTO_KEY_INVALID */
export function createLocalSigner(privateKey: Uint8Array): Signer {
  // Keeps the key out of prints and serialisation.
  const key = privateKey.slice();
  return {
    address: privateKeyToAddress(key),
    signHash: async (hash) => sign(hash, key),
  };
}
