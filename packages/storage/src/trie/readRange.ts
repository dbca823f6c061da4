import { bytesToHex, runSteps, type Steps } from "@trellis/base";
import type { Trie } from "./Trie.ts";

export interface RangeEntry {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** About a millisecond. */
const ENTRIES_PER_STEP = 128;

/** Part of a trie, with what proves that it is all of it between its bounds. */
export interface TrieRange {
  /** Ascending by key. */
  readonly entries: readonly RangeEntry[];
  /** Nodes on the ways of the first key that was asked for and of the last entry. */
  readonly proof: readonly Uint8Array[];
  /** Nothing follows the last entry. */
  readonly isEnd: boolean;
}

/**
 * The entries from a key on, one at least if there is one, and no more than `bytesMax` bytes of keys and values and
 * one entry. [TRIE-8]
 */
export function readRange(trie: Trie, from: Uint8Array, bytesMax: number): TrieRange {
  return runSteps(readRangeInSteps(trie, from, bytesMax));
}

/** As `readRange`. A trie whose stored nodes change between two steps throws, or gives what it was. */
export function* readRangeInSteps(trie: Trie, from: Uint8Array, bytesMax: number): Steps<TrieRange> {
  const entries: RangeEntry[] = [];
  let bytes = 0;
  let isEnd = true;
  for (const [key, value] of trie.entries(from)) {
    if (entries.length > 0 && bytes > bytesMax) {
      isEnd = false;
      break;
    }
    entries.push({ key, value });
    bytes += key.length + value.length;
    if (entries.length % ENTRIES_PER_STEP === 0) yield;
  }
  const bounds = [
    ...(from.some((byte) => byte !== 0) ? [from] : []),
    ...(isEnd ? [] : [entries.at(-1)!.key]),
  ];
  const nodes = new Map(bounds.flatMap((key) => trie.prove(key)).map((node) => [bytesToHex(node), node]));
  return { entries, proof: [...nodes.values()], isEnd };
}
