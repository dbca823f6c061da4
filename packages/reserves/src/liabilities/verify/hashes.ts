import { blake3 } from "@noble/hashes/blake3.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { keccak_256 } from "@noble/hashes/sha3.js";
import { liabilitiesErrors } from "../errors.ts";

/** Returns 32 bytes. */
export type Digest = (bytes: Uint8Array) => Uint8Array;

/** Encoded numbers are never reused. */
export const HASH_NUMBERS = { sha256: 1, keccak256: 2, blake3: 3 } as const;
export type HashName = keyof typeof HASH_NUMBERS;
export const HASH_NAMES = Object.keys(HASH_NUMBERS) as readonly HashName[];

export const portableHashes: Readonly<Record<HashName, Digest>> = {
  sha256: (bytes) => sha256(bytes),
  keccak256: (bytes) => keccak_256(bytes),
  blake3: (bytes) => blake3(bytes),
};

export function hashNamed(name: string): HashName {
  const known = HASH_NAMES.find((candidate) => candidate === name);
  if (known === undefined)
    throw liabilitiesErrors.LIABILITIES_INPUT_INVALID({ reason: "no such hash function", name });
  return known;
}

export function hashNumbered(number: number): HashName {
  const known = HASH_NAMES.find((name) => HASH_NUMBERS[name] === number);
  if (known === undefined)
    throw liabilitiesErrors.LIABILITIES_INPUT_INVALID({ reason: "no such hash function", number });
  return known;
}
