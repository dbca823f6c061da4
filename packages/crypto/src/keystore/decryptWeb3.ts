import { keccak_256 } from "@noble/hashes/sha3.js";
import { bytesToHex, concatBytes, type Hex } from "@trellis/base";
import { cryptoErrors } from "../errors.ts";
import { malformed } from "./fields.ts";
import type { DeriveKey, Keystore } from "./Keystore.ts";

interface Web3Ports {
  readonly deriveKey: DeriveKey;
  readonly addressOf: (secret: Uint8Array) => Hex;
}

export async function decryptWeb3(
  { id, address, derivation, iv, ciphertext, mac }: Keystore,
  password: string,
  { deriveKey, addressOf }: Web3Ports,
): Promise<Uint8Array> {
  const derived = await deriveKey(password, derivation);
  if (!isSame(keccak_256(concatBytes(derived.subarray(16, 32), ciphertext)), mac)) {
    throw cryptoErrors.KEYSTORE_PASSWORD_WRONG({ id: id.slice(0, 64) });
  }
  const secret = await aesCtr(derived.subarray(0, 16), iv, ciphertext);
  const actual = addressOf(secret);
  const stated = address === undefined ? actual : bytesToHex(address);
  if (stated !== actual) throw malformed("address", { stated, actual });
  return secret;
}

async function aesCtr(key: Uint8Array, iv: Uint8Array, bytes: Uint8Array): Promise<Uint8Array> {
  const imported = await crypto.subtle.importKey("raw", Uint8Array.from(key), "AES-CTR", false, ["decrypt"]);
  const parameters = { name: "AES-CTR", counter: Uint8Array.from(iv), length: 128 };
  return new Uint8Array(await crypto.subtle.decrypt(parameters, imported, Uint8Array.from(bytes)));
}

/** Compares in constant time. */
function isSame(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length;
  for (let index = 0; index < a.length; index++) difference |= a[index]! ^ (b[index] ?? 0);
  return difference === 0;
}
