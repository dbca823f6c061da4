import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@trellis/base";
import { logErrors } from "./errors.ts";

export const HASH_SIZE = 32;

const LEAF_PREFIX = Uint8Array.of(0x00);
const NODE_PREFIX = Uint8Array.of(0x01);

/** RFC 9162, section 2.1.1. */
export const EMPTY_ROOT: Uint8Array = sha256(new Uint8Array(0));

/** RFC 9162, section 2.1.1. */
export function leafHash(entry: Uint8Array): Uint8Array {
  return sha256.create().update(LEAF_PREFIX).update(entry).digest();
}

export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  return sha256.create().update(NODE_PREFIX).update(left).update(right).digest();
}

export function checkHashes(proof: readonly Uint8Array[]): void {
  for (const [position, hash] of proof.entries()) {
    if (hash.length !== HASH_SIZE)
      throw logErrors.LOG_PROOF_INVALID({
        reason: "a hash is not 32 bytes long",
        position,
        length: hash.length,
      });
  }
}

export function checkSize(name: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 0) throw logErrors.LOG_SIZE_INVALID({ [name]: value });
}

export function printHash(hash: Uint8Array): string {
  return bytesToHex(hash).slice(2);
}
