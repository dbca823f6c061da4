import { hexToBytes } from "@trellis/base";
import { keccak256 } from "@trellis/crypto";
import type { Address, Hash } from "../words.ts";
import type { LogEntry } from "./Receipt.ts";

export const BLOOM_BYTES = 256;

/** The 2,048-bit filter of the logs' addresses and topics (yellow paper, section 4.3.1). 256 bytes */
export function logsBloom(logs: readonly Pick<LogEntry, "address" | "topics">[]): Uint8Array {
  const bloom = new Uint8Array(BLOOM_BYTES);
  for (const { address, topics } of logs) {
    addToBloom(bloom, address);
    for (const topic of topics) addToBloom(bloom, topic);
  }
  return bloom;
}

/** False if the address or topic is surely absent. */
export function bloomContains(bloom: Uint8Array, item: Address | Hash): boolean {
  const hash = keccak256(hexToBytes(item));
  for (let pair = 0; pair < 6; pair += 2) {
    const bit = bitOf(hash, pair);
    if ((bloom[byteOf(bit)]! & (1 << (bit & 7))) === 0) return false;
  }
  return true;
}

/** The union of filters. */
export function mergeBlooms(blooms: Iterable<Uint8Array>): Uint8Array {
  const merged = new Uint8Array(BLOOM_BYTES);
  for (const bloom of blooms) {
    for (let index = 0; index < BLOOM_BYTES; index++) merged[index]! |= bloom[index]!;
  }
  return merged;
}

function addToBloom(bloom: Uint8Array, item: Address | Hash): void {
  const hash = keccak256(hexToBytes(item));
  for (let pair = 0; pair < 6; pair += 2) {
    const bit = bitOf(hash, pair);
    bloom[byteOf(bit)]! |= 1 << (bit & 7);
  }
}

/** The low 11 bits of a pair of the hash's bytes; bit 0 is the last bit of the last byte. */
function bitOf(hash: Uint8Array, pair: number): number {
  return ((hash[pair]! << 8) | hash[pair + 1]!) & 0x7ff;
}

function byteOf(bit: number): number {
  return BLOOM_BYTES - 1 - (bit >> 3);
}
