import type { Fact } from "@trellis/base";
import { cryptoErrors } from "../errors.ts";
import { isWithinRfc7914, type KeyDerivation, type Keystore, keystoreLimits } from "./Keystore.ts";

type Json = Readonly<Record<string, unknown>>;

/**
 * Reads and bounds a keystore file without deriving anything.
 * @throws KEYSTORE_MALFORMED, KEYSTORE_UNSUPPORTED, KEYSTORE_TOO_COSTLY
 */
export function parseKeystore(text: string): Keystore {
  const file = parseJson(text);
  requireSupported("version", file.version, [3]);
  const crypto = readObject(file, "crypto");
  requireSupported("crypto.cipher", crypto.cipher, ["aes-128-ctr"]);
  return {
    id: readText(file, "id", "id"),
    address: file.address === undefined ? undefined : readBytes(file, "address", "address", 20),
    derivation: readDerivation(crypto),
    iv: readBytes(readObject(crypto, "cipherparams"), "iv", "crypto.cipherparams.iv", 16),
    ciphertext: readBytes(crypto, "ciphertext", "crypto.ciphertext", 32),
    mac: readBytes(crypto, "mac", "crypto.mac", 32),
  };
}

function parseJson(text: string): Json {
  if (text.length > keystoreLimits.fileSizeMax) {
    throw malformed("file", { length: text.length, lengthMax: keystoreLimits.fileSizeMax });
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's message would quote the file.
    throw malformed("file", { got: "not JSON" });
  }
  return asObject(value, "file");
}

function readDerivation(crypto: Json): KeyDerivation {
  requireSupported("crypto.kdf", crypto.kdf, ["scrypt", "pbkdf2"]);
  const parameters = readObject(crypto, "kdfparams");
  requireSupported("crypto.kdfparams.dklen", parameters.dklen, [32]);
  const salt = readBytes(parameters, "salt", "crypto.kdfparams.salt");
  const derivation = crypto.kdf === "scrypt" ? readScrypt(parameters, salt) : readPbkdf2(parameters, salt);
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

/** @throws KEYSTORE_TOO_COSTLY */
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
  if (got > max) throw cryptoErrors.KEYSTORE_TOO_COSTLY({ cost, got, max });
}

function requireSupported(field: string, got: unknown, known: readonly unknown[]): void {
  if (!known.includes(got)) throw cryptoErrors.KEYSTORE_UNSUPPORTED({ field, got: printable(got) });
}

function readObject(parent: Json, name: string): Json {
  return asObject(parent[name], name);
}

function asObject(value: unknown, field: string): Json {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw malformed(field);
  return value as Json;
}

function readText(parent: Json, name: string, field: string): string {
  const value = parent[name];
  if (typeof value !== "string") throw malformed(field);
  return value;
}

/** Hexadecimal, with or without 0x: wallets write both. */
function readBytes(parent: Json, name: string, field: string, size?: number): Uint8Array {
  const hex = readText(parent, name, field).replace(/^0x/, "");
  if (!/^(?:[0-9a-fA-F]{2})*$/.test(hex)) throw malformed(field);
  const bytes = new Uint8Array(Buffer.from(hex, "hex"));
  const isSizeGood = size === undefined ? bytes.length <= keystoreLimits.saltSizeMax : bytes.length === size;
  if (!isSizeGood) throw malformed(field, { length: bytes.length, expected: size });
  return bytes;
}

function readCount(parameters: Json, name: string): number {
  const value = parameters[name];
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 1) {
    throw malformed(`crypto.kdfparams.${name}`, { got: printable(value) });
  }
  return value;
}

function malformed(field: string, facts: Readonly<Record<string, Fact>> = {}) {
  return cryptoErrors.KEYSTORE_MALFORMED({ field, ...facts });
}

function printable(value: unknown): Fact {
  return typeof value === "number" || typeof value === "string" ? String(value).slice(0, 40) : typeof value;
}
