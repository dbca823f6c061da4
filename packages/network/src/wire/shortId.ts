import { bytesToHex, concatBytes, hexToBytes } from "@trellis/base";
import { keccak256 } from "@trellis/crypto";
import type { Hash } from "@trellis/protocol";

export const SHORT_ID_BYTES = 6;

/** Bytes of the transaction's hash that a short id begins with: by them its receiver finds the few that it can be. */
export const SHORT_ID_PREFIX_BYTES = 2;

/**
 * Names a transaction within one block: 2 bytes of its hash, then 4 bytes of keccak256(block hash ‖ its hash). Nobody
 * who does not know the block can make two transactions that have the same; among n that a node holds, one that it
 * lacks is taken for another with probability n / 2^48. [NET-16]
 */
export function shortId(block: Uint8Array, transaction: Uint8Array): Uint8Array {
  const id = new Uint8Array(SHORT_ID_BYTES);
  id.set(transaction.subarray(0, SHORT_ID_PREFIX_BYTES));
  const digest = keccak256(concatBytes(block, transaction));
  id.set(digest.subarray(0, SHORT_ID_BYTES - SHORT_ID_PREFIX_BYTES), SHORT_ID_PREFIX_BYTES);
  return id;
}

/** By hexadecimal hashes. */
export function shortIdOf(block: Hash, transaction: Hash): string {
  return bytesToHex(shortId(hexToBytes(block), hexToBytes(transaction)));
}
