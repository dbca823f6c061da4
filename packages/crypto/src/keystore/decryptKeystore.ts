import { bytesToHex } from "@trellis/base";
import { privateKeyToAddress } from "../secp256k1/keys.ts";
import { decryptWeb3 } from "./decryptWeb3.ts";
import { deriveKey } from "./deriveKey.ts";
import type { Keystore } from "./Keystore.ts";

/** Returns 32 bytes. @throws KEYSTORE_PASSWORD_WRONG, KEYSTORE_INVALID, CRYPTO_KEY_INVALID */
export function decryptKeystore(keystore: Keystore, password: string): Promise<Uint8Array> {
  const addressOf = (secret: Uint8Array) => bytesToHex(privateKeyToAddress(secret));
  return decryptWeb3(keystore, password, { deriveKey, addressOf });
}
