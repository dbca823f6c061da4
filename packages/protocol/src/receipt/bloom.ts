import { hexToBytes } from "@trellis/base";
import { keccak256 } from "@trellis/crypto";
import type { Address, Hash } from "../words.ts";
import type { LogEntry } from "./Receipt.ts";

export const BLOOM_BYTES = 256;
const BITS_PER_ITEM = 3;

/** Bloom filter of the yellow paper, section 4.3.1. 256 bytes */
export function logsBloom(logs: Iterable<Pick<LogEntry, "address" | "topics">>): Uint8Array {
  const bloom = new Uint8Array(BLOOM_BYTES);
  const items = new Set<Address | Hash>();
  for (const { address, topics } of logs) {
    items.add(address);
    for (const topic of topics) items.add(topic);
  }
  for (const item of items) addToBloom(bloom, item);
  return bloom;
}

export function bloomBits(items: Iterable<Address | Hash>): Uint16Array {
  return Uint16Array.from([...items].flatMap(bitsOf));
}

/** False if all items are certainly absent. */
export function bloomContainsAny(bloom: Uint8Array, bits: Uint16Array): boolean {
  for (let first = 0; first < bits.length; first += BITS_PER_ITEM) {
    let at = first;
    while (at < first + BITS_PER_ITEM && isSet(bloom, bits[at]!)) at++;
    if (at === first + BITS_PER_ITEM) return true;
  }
  return false;
}

export function mergeBlooms(blooms: Iterable<Uint8Array>): Uint8Array {
  const merged = new Uint8Array(BLOOM_BYTES);
  for (const bloom of blooms) {
    for (let index = 0; index < BLOOM_BYTES; index++) merged[index]! |= bloom[index]!;
  }
  return merged;
}

function addToBloom(bloom: Uint8Array, item: Address | Hash): void {
  for (const bit of bitsOf(item)) bloom[byteOf(bit)]! |= 1 << (bit & 7);
}

function isSet(bloom: Uint8Array, bit: number): boolean {
  return (bloom[byteOf(bit)]! & (1 << (bit & 7))) !== 0;
}

/** Low 11 bits of the hash's first three byte pairs. Bit 0 is the last bit of the last byte. */
function bitsOf(item: Address | Hash): readonly number[] {
  const hash = keccak256(hexToBytes(item));
  return [0, 2, 4].map((pair) => ((hash[pair]! << 8) | hash[pair + 1]!) & 0x7ff);
}

function byteOf(bit: number): number {
  return BLOOM_BYTES - 1 - (bit >> 3);
}
