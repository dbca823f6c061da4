import { decryptWeb3 } from "../account/decryptWeb3.ts";
import { deriveKey } from "./deriveKey.ts";
import type { Keystore } from "./Keystore.ts";

/**
 * Returns the private key of 32 bytes.
 * @throws KEYSTORE_PASSWORD_WRONG, KEYSTORE_INVALID, CRYPTO_KEY_INVALID
 */
export function decryptKeystore(keystore: Keystore, password: string): Promise<Uint8Array> {
  return decryptWeb3(keystore, password, deriveKey);
}
