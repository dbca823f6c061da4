import { timingSafeEqual } from "node:crypto";
import { bytesEqual, bytesToHex, concatBytes, type Random } from "@trellis/base";
import { blsPublicKey } from "../bls/bls.ts";
import { cryptoErrors } from "../errors.ts";
import { sha256 } from "../hashes/sha256.ts";
import { applyCipher } from "./cipher.ts";
import { deriveKey } from "./deriveKey.ts";
import { malformed, parseJson, readBytes, readObject, readText, requireSupported } from "./fields.ts";
import type { KeyDerivation } from "./Keystore.ts";
import { derivationToJson, SCRYPT_STANDARD, type ScryptCost, toHex, uuid } from "./keystoreJson.ts";
import { checkCost, readDerivation } from "./parseKeystore.ts";
import { normalisedPassword } from "./password.ts";

/** Keystore of EIP-2335, version 4, with aes-128-ctr. */
export interface BlsKeystore {
  readonly id: string;
  /** 48 bytes. */
  readonly publicKey: Uint8Array;
  readonly derivation: KeyDerivation;
  readonly iv: Uint8Array;
  readonly ciphertext: Uint8Array;
  readonly checksum: Uint8Array;
}

/** @throws CRYPTO_KEY_INVALID, KEYSTORE_INVALID */
export async function encryptBlsKeystore(
  secret: Uint8Array,
  password: string,
  random: Random,
  cost: ScryptCost = SCRYPT_STANDARD,
): Promise<BlsKeystore> {
  const publicKey = blsPublicKey(secret);
  const derivation: KeyDerivation = { name: "scrypt", ...cost, salt: random.bytes(32) };
  checkCost(derivation);
  const derived = await deriveKey(normalisedPassword(password), derivation);
  const iv = random.bytes(16);
  const ciphertext = applyCipher(derived, iv, secret);
  return {
    id: uuid(random),
    publicKey,
    derivation,
    iv,
    ciphertext,
    checksum: checksumOf(derived, ciphertext),
  };
}

/** Returns 32 bytes. @throws KEYSTORE_PASSWORD_WRONG, KEYSTORE_INVALID, CRYPTO_KEY_INVALID */
export async function decryptBlsKeystore(keystore: BlsKeystore, password: string): Promise<Uint8Array> {
  const derived = await deriveKey(normalisedPassword(password), keystore.derivation);
  if (!timingSafeEqual(checksumOf(derived, keystore.ciphertext), keystore.checksum)) {
    throw cryptoErrors.KEYSTORE_PASSWORD_WRONG({ id: keystore.id.slice(0, 64) });
  }
  const secret = applyCipher(derived, keystore.iv, keystore.ciphertext);
  const actual = blsPublicKey(secret);
  if (!bytesEqual(keystore.publicKey, actual)) {
    throw malformed("pubkey", { stated: bytesToHex(keystore.publicKey), actual: bytesToHex(actual) });
  }
  return secret;
}

export function blsKeystoreToJson({
  id,
  publicKey,
  derivation,
  iv,
  ciphertext,
  checksum,
}: BlsKeystore): string {
  const { name } = derivation;
  const crypto = {
    kdf: { function: name, params: derivationToJson(derivation), message: "" },
    checksum: { function: "sha256", params: {}, message: toHex(checksum) },
    cipher: { function: "aes-128-ctr", params: { iv: toHex(iv) }, message: toHex(ciphertext) },
  };
  return JSON.stringify({ crypto, pubkey: toHex(publicKey), path: "", uuid: id, version: 4 });
}

/** @throws KEYSTORE_INVALID */
export function parseBlsKeystore(text: string): BlsKeystore {
  const file = parseJson(text);
  requireSupported("version", file.version, [4]);
  const crypto = readObject(file, "crypto");
  const [kdf, checksum, cipher] = ["kdf", "checksum", "cipher"].map((name) => readObject(crypto, name));
  requireSupported("crypto.checksum.function", checksum!.function, ["sha256"]);
  requireSupported("crypto.cipher.function", cipher!.function, ["aes-128-ctr"]);
  return {
    id: readText(file, "uuid", "uuid"),
    publicKey: readBytes(file, "pubkey", "pubkey", 48),
    derivation: readDerivation(kdf!.function, readObject(kdf!, "params")),
    iv: readBytes(readObject(cipher!, "params"), "iv", "crypto.cipher.params.iv", 16),
    ciphertext: readBytes(cipher!, "message", "crypto.cipher.message", 32),
    checksum: readBytes(checksum!, "message", "crypto.checksum.message", 32),
  };
}

function checksumOf(derived: Uint8Array, ciphertext: Uint8Array): Uint8Array {
  return sha256(concatBytes(derived.subarray(16, 32), ciphertext));
}
