import { hexToBytes } from "@trellis/base";
import type { Hash, StateRange } from "@trellis/protocol";
import type { TrieRange } from "@trellis/storage";

export function trieRangeOf({ entries, proof, isEnd }: StateRange): TrieRange {
  return { entries: entries.map(({ key, value }) => ({ key: hexToBytes(key), value })), proof, isEnd };
}

/** Undefined after the last one. */
export function keyAfter(key: Hash): Hash | undefined {
  const next = BigInt(key) + 1n;
  return next >> 256n === 0n ? `0x${next.toString(16).padStart(64, "0")}` : undefined;
}
