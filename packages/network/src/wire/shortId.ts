import { hexToBytes } from "@trellis/base";
import { keccak256 } from "@trellis/crypto";
import type { Hash } from "@trellis/protocol";

export const SHORT_ID_BYTES = 6;

const HASH_BYTES = 32;
const TAIL_VALUES = 2 ** 32;

/**
 * A short id has 2 bytes of the transaction hash, to find candidates by prefix, and 4 bytes of
 * keccak256(block hash ‖ transaction hash), so that no collision can be prepared before the block. [NET-16]
 */
export class ShortIds {
  readonly #preimage = new Uint8Array(2 * HASH_BYTES);

  constructor(block: Hash) {
    this.#preimage.set(hexToBytes(block));
  }

  of(transaction: Hash): number {
    this.#preimage.set(hexToBytes(transaction), HASH_BYTES);
    return hashPrefix(transaction) * TAIL_VALUES + readUint32(keccak256(this.#preimage));
  }
}

export function hashPrefix(transaction: Hash): number {
  return Number.parseInt(transaction.slice(2, 6), 16);
}

export function shortIdPrefix(id: number): number {
  return Math.floor(id / TAIL_VALUES);
}

export function shortIdToBytes(id: number): Uint8Array {
  const bytes = new Uint8Array(SHORT_ID_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, shortIdPrefix(id));
  view.setUint32(2, id % TAIL_VALUES);
  return bytes;
}

export function bytesToShortId(bytes: Uint8Array): number {
  return (bytes[0]! * 256 + bytes[1]!) * TAIL_VALUES + readUint32(bytes.subarray(2));
}

function readUint32(bytes: Uint8Array): number {
  return ((bytes[0]! << 24) | (bytes[1]! << 16) | (bytes[2]! << 8) | bytes[3]!) >>> 0;
}
