import { privateKeyToAddress } from "../secp256k1/keys.ts";
import { sign } from "../secp256k1/sign.ts";
import type { Signature } from "../secp256k1/signature.ts";

/** Port: something that holds a secp256k1 key, here, in another process or in hardware. */
export interface Signer {
  /** 20 bytes. */
  readonly address: Uint8Array;
  /** Signs 32 bytes of hash; s is low. */
  signHash(hash: Uint8Array): Promise<Signature>;
}

/**
 * A signer that holds its key in this process.
 * @throws CRYPTO_KEY_INVALID
 */
export function createLocalSigner(privateKey: Uint8Array): Signer {
  // The closure keeps the key out of whatever prints or serialises the signer.
  const key = privateKey.slice();
  return {
    address: privateKeyToAddress(key),
    signHash: async (hash) => sign(hash, key),
  };
}
