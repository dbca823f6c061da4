import type { Random } from "@trellis/base";
import { privateKeyToAddress } from "../secp256k1/keys.ts";
import { applyCipher, macOf } from "./cipher.ts";
import { deriveKey } from "./deriveKey.ts";
import type { KeyDerivation, Keystore } from "./Keystore.ts";
import { derivationToJson, SCRYPT_STANDARD, type ScryptCost, toHex, uuid } from "./keystoreJson.ts";
import { checkCost } from "./parseKeystore.ts";

/** @throws CRYPTO_KEY_INVALID, KEYSTORE_INVALID */
export async function encryptKeystore(
  privateKey: Uint8Array,
  password: string,
  random: Random,
  cost: ScryptCost = SCRYPT_STANDARD,
): Promise<Keystore> {
  const address = privateKeyToAddress(privateKey);
  const derivation: KeyDerivation = { name: "scrypt", ...cost, salt: random.bytes(32) };
  checkCost(derivation);
  const derived = await deriveKey(password, derivation);
  const iv = random.bytes(16);
  const ciphertext = applyCipher(derived, iv, privateKey);
  return { id: uuid(random), address, derivation, iv, ciphertext, mac: macOf(derived, ciphertext) };
}

export function keystoreToJson(keystore: Keystore): string {
  const { id, address, derivation, iv, ciphertext, mac } = keystore;
  const crypto = {
    cipher: "aes-128-ctr",
    cipherparams: { iv: toHex(iv) },
    ciphertext: toHex(ciphertext),
    kdf: derivation.name,
    kdfparams: derivationToJson(derivation),
    mac: toHex(mac),
  };
  return JSON.stringify({
    version: 3,
    id,
    address: address === undefined ? undefined : toHex(address),
    crypto,
  });
}
