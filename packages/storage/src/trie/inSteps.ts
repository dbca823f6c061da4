import { compareBytes, type Hex, type Steps } from "@trellis/base";
import { encodeRlp } from "@trellis/protocol";
import { Trie, type TrieChange } from "./Trie.ts";

/** A step takes about 1 ms. */
const CHANGES_PER_STEP = 100;
const NOTHING_STORED = { get: () => undefined };

/** Changes in key order, so that each step rehashes few nodes. Keys must be unique. @throws ARGUMENT_INVALID */
export function* changeInSteps(trie: Trie, changes: readonly TrieChange[]): Steps<Trie> {
  const sorted = changes.toSorted(([a], [b]) => compareBytes(a, b));
  let changed = trie;
  for (let from = 0; from < sorted.length; from += CHANGES_PER_STEP) {
    changed = changed.with(sorted.slice(from, from + CHANGES_PER_STEP));
    changed.rootHash();
    yield;
  }
  return changed;
}

/** [TRIE-7] @throws ARGUMENT_INVALID */
export function* listRootInSteps(items: readonly Uint8Array[]): Steps<Hex> {
  const empty = Trie.empty(NOTHING_STORED, new Uint8Array(0));
  const changes = items.map((item, index): TrieChange => [encodeRlp(index), item]);
  return (yield* changeInSteps(empty, changes)).rootHash();
}
