import type { Random } from "@trellis/base";
import { privateKeyToAddress } from "../secp256k1/keys.ts";
import { applyCipher, macOf } from "./cipher.ts";
import { deriveKey } from "./deriveKey.ts";
import type { KeyDerivation, Keystore } from "./Keystore.ts";
import { checkCost } from "./parseKeystore.ts";

export interface ScryptCost {
  readonly n: number;
  readonly r: number;
  readonly p: number;
}

/** geth's cost: 256 MiB, about a second. */
export const SCRYPT_STANDARD: ScryptCost = { n: 2 ** 18, r: 8, p: 1 };

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

export function derivationToJson(derivation: KeyDerivation) {
  const salt = toHex(derivation.salt);
  if (derivation.name === "pbkdf2") return { dklen: 32, c: derivation.iterations, prf: "hmac-sha256", salt };
  return { dklen: 32, n: derivation.n, r: derivation.r, p: derivation.p, salt };
}

/** Version 4 (RFC 9562, section 5.4). */
export function uuid(random: Random): string {
  const bytes = random.bytes(16);
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  return toHex(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
