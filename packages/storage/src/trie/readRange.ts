import { bytesToHex, runSteps, type Steps } from "@trellis/base";
import type { Trie } from "./Trie.ts";

export interface RangeEntry {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** A step takes about 1 ms. */
const ENTRIES_PER_STEP = 128;

export interface TrieRange {
  readonly entries: readonly RangeEntry[];
  /** Nodes on the paths of the requested key and the last entry. */
  readonly proof: readonly Uint8Array[];
  readonly isEnd: boolean;
}

/** Returns at least one entry if there is any. The last one may exceed `bytesMax`. [TRIE-8] */
export function readRange(trie: Trie, from: Uint8Array, bytesMax: number): TrieRange {
  return runSteps(readRangeInSteps(trie, from, bytesMax));
}

/** Throws or returns the old content if stored nodes change between steps. */
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
