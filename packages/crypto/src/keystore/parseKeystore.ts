import { cryptoErrors } from "../errors.ts";
import {
  type Json,
  malformed,
  parseJson,
  readBytes,
  readCount,
  readObject,
  readText,
  requireSupported,
} from "./fields.ts";
import { isWithinRfc7914, type KeyDerivation, type Keystore, keystoreLimits } from "./Keystore.ts";

/** @throws KEYSTORE_INVALID */
export function parseKeystore(text: string): Keystore {
  const file = parseJson(text);
  requireSupported("version", file.version, [3]);
  const crypto = readObject(file, "crypto");
  requireSupported("crypto.cipher", crypto.cipher, ["aes-128-ctr"]);
  return {
    id: readText(file, "id", "id"),
    address: file.address === undefined ? undefined : readBytes(file, "address", "address", 20),
    derivation: readDerivation(crypto.kdf, readObject(crypto, "kdfparams")),
    iv: readBytes(readObject(crypto, "cipherparams"), "iv", "crypto.cipherparams.iv", 16),
    ciphertext: readBytes(crypto, "ciphertext", "crypto.ciphertext", 32),
    mac: readBytes(crypto, "mac", "crypto.mac", 32),
  };
}

export function readDerivation(name: unknown, parameters: Json): KeyDerivation {
  requireSupported("crypto.kdf", name, ["scrypt", "pbkdf2"]);
  requireSupported("crypto.kdfparams.dklen", parameters.dklen, [32]);
  const salt = readBytes(parameters, "salt", "crypto.kdfparams.salt");
  const derivation = name === "scrypt" ? readScrypt(parameters, salt) : readPbkdf2(parameters, salt);
  checkCost(derivation);
  return derivation;
}

function readScrypt(parameters: Json, salt: Uint8Array): KeyDerivation {
  const n = readCount(parameters, "n");
  if (n < 2 || !Number.isInteger(Math.log2(n))) throw malformed("crypto.kdfparams.n", { got: n });
  return { name: "scrypt", n, r: readCount(parameters, "r"), p: readCount(parameters, "p"), salt };
}

function readPbkdf2(parameters: Json, salt: Uint8Array): KeyDerivation {
  requireSupported("crypto.kdfparams.prf", parameters.prf, ["hmac-sha256"]);
  return { name: "pbkdf2", iterations: readCount(parameters, "c"), salt };
}

export function checkCost(derivation: KeyDerivation): void {
  if (derivation.name === "pbkdf2") {
    requireAtMost("iterations", derivation.iterations, keystoreLimits.pbkdf2IterationsMax);
    return;
  }
  const { n, r, p } = derivation;
  requireAtMost("memoryBytes", 128 * r * (n + p), keystoreLimits.scryptMemoryBytesMax);
  const { scryptWorkMax, scryptWorkBeyondRfcMax } = keystoreLimits;
  requireAtMost("work", n * r * p, isWithinRfc7914(derivation) ? scryptWorkMax : scryptWorkBeyondRfcMax);
}

function requireAtMost(cost: string, got: number, max: number): void {
  if (got > max) throw cryptoErrors.KEYSTORE_INVALID({ reason: "not supported", cost, got, max });
}
