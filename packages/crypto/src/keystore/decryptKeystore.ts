import { timingSafeEqual } from "node:crypto";
import { bytesEqual, bytesToHex } from "@trellis/base";
import { cryptoErrors } from "../errors.ts";
import { privateKeyToAddress } from "../secp256k1/keys.ts";
import { applyCipher, macOf } from "./cipher.ts";
import { deriveKey } from "./deriveKey.ts";
import { malformed } from "./fields.ts";
import type { Keystore } from "./Keystore.ts";

/**
 * Returns the private key of 32 bytes.
 * @throws KEYSTORE_PASSWORD_WRONG, KEYSTORE_INVALID, CRYPTO_KEY_INVALID
 */
export async function decryptKeystore(keystore: Keystore, password: string): Promise<Uint8Array> {
  const derived = await deriveKey(password, keystore.derivation);
  if (!timingSafeEqual(macOf(derived, keystore.ciphertext), keystore.mac)) {
    throw cryptoErrors.KEYSTORE_PASSWORD_WRONG({ id: keystore.id.slice(0, 64) });
  }
  const privateKey = applyCipher(derived, keystore.iv, keystore.ciphertext);
  const actual = privateKeyToAddress(privateKey);
  const stated = keystore.address ?? actual;
  if (!bytesEqual(stated, actual)) {
    throw malformed("address", { stated: bytesToHex(stated), actual: bytesToHex(actual) });
  }
  return privateKey;
}
