import { bytesEqual, bytesToHex, compareBytes, concatBytes, type Hex, hexToBytes } from "@trellis/base";
import { keccak256, keccak256Hex } from "@trellis/crypto";
import { EMPTY_TRIE_ROOT } from "@trellis/protocol";
import { storageErrors } from "../errors.ts";
import { decodeNode } from "./decodeNode.ts";
import { encodeNode, itemOfExtended, itemOffsets } from "./encodeNode.ts";
import { NodeLoader } from "./NodeLoader.ts";
import { type Branch, Extension, type TrieNode } from "./node.ts";
import {
  appendToPath,
  firstKeyUnder,
  lastKeyUnder,
  nibbleAt,
  RANGE_KEY_SIZE,
  sharedWithNibbles,
} from "./path.ts";
import type { RangeEntry, TrieRange } from "./readRange.ts";
import { TrieUpdate } from "./TrieUpdate.ts";

const PROOF_NODES_MAX = 2 * (2 * RANGE_KEY_SIZE + 1);
const HASH_HEADER = 0xa0;
const HASH_SIZE = 32;
const EMPTY_ITEM = Uint8Array.of(0x80);

/** Only for 32-byte keys. [TRIE-8] @throws TRIE_PROOF_INVALID */
export function verifyRange(rootHash: Hex, from: Uint8Array, { entries, proof, isEnd }: TrieRange): void {
  const refuse = (cause?: unknown) =>
    storageErrors.TRIE_PROOF_INVALID({ root: rootHash, nodes: proof.length, entries: entries.length }, cause);
  if (proof.length > PROOF_NODES_MAX || (entries.length === 0 && !isEnd)) throw refuse();
  if (!isAscending(from, entries)) throw refuse();
  const root = rootHash === EMPTY_TRIE_ROOT ? EMPTY_ITEM : hashItem(hexToBytes(rootHash));
  const walk = new RangeWalk(from, isEnd ? undefined : entries.at(-1)!.key, proof);
  try {
    if (walk.holds(root, new Uint8Array(0), 0, entries)) return;
  } catch (cause) {
    throw refuse(cause);
  }
  throw refuse();
}

function isAscending(from: Uint8Array, entries: readonly RangeEntry[]): boolean {
  return entries.every(
    ({ key, value }, index) =>
      key.length === RANGE_KEY_SIZE &&
      value.length > 0 &&
      (index === 0 ? compareBytes(key, from) >= 0 : compareBytes(key, entries[index - 1]!.key) > 0),
  );
}

class RangeWalk {
  readonly #from: Uint8Array;
  readonly #last: Uint8Array | undefined;
  readonly #proof: ReadonlyMap<Hex, Uint8Array>;

  constructor(from: Uint8Array, last: Uint8Array | undefined, proof: readonly Uint8Array[]) {
    this.#from = from;
    this.#last = last;
    this.#proof = new Map(proof.map((node) => [keccak256Hex(node), node]));
  }

  /** True if the subtree of `item`, at the first `depth` nibbles of `path`, has exactly these entries. */
  holds(item: Uint8Array, path: Uint8Array, depth: number, entries: readonly RangeEntry[]): boolean {
    const lowest = firstKeyUnder(path, depth);
    const highest = lastKeyUnder(path, depth);
    const isLeftOf = compareBytes(highest, this.#from) < 0;
    const isRightOf = this.#last !== undefined && compareBytes(lowest, this.#last) > 0;
    if (isLeftOf || isRightOf) return entries.length === 0;
    const isInside =
      compareBytes(lowest, this.#from) >= 0 &&
      (this.#last === undefined || compareBytes(highest, this.#last) <= 0);
    if (isInside) return bytesEqual(item, itemOf(entries, depth));
    if (bytesEqual(item, EMPTY_ITEM)) return entries.length === 0;
    return this.#holdsAtBound(this.#nodeOf(item, path, depth), path, depth, entries);
  }

  #holdsAtBound(
    node: TrieNode | undefined,
    path: Uint8Array,
    depth: number,
    entries: readonly RangeEntry[],
  ): boolean {
    if (node === undefined) return false;
    if (node.kind === "leaf") {
      const isAsked =
        compareBytes(node.key, this.#from) >= 0 &&
        (this.#last === undefined || compareBytes(node.key, this.#last) <= 0);
      const [entry, ...others] = entries;
      if (!isAsked || entry === undefined) return !isAsked && entry === undefined;
      return others.length === 0 && bytesEqual(entry.key, node.key) && bytesEqual(entry.value, node.value);
    }
    if (node.kind === "extension") {
      const { nibbles } = node;
      if (entries.some(({ key }) => sharedWithNibbles(key, depth, nibbles) < nibbles.length)) return false;
      return this.holds(
        itemOfExtended(node),
        appendToPath(path, depth, nibbles),
        depth + nibbles.length,
        entries,
      );
    }
    return (
      node.value === undefined && depth < 2 * RANGE_KEY_SIZE && this.#holdsBranch(node, path, depth, entries)
    );
  }

  #holdsBranch(branch: Branch, path: Uint8Array, depth: number, entries: readonly RangeEntry[]): boolean {
    const encoded = branch.encoded!;
    const offsets = itemOffsets(encoded).slice();
    let start = 0;
    for (let nibble = 0; nibble < 16; nibble++) {
      let end = start;
      while (end < entries.length && nibbleAt(entries[end]!.key, depth) === nibble) end++;
      const item = encoded.subarray(offsets[nibble]!, offsets[nibble + 1]!);
      const childPath = appendToPath(path, depth, Uint8Array.of(nibble));
      if (!this.holds(item, childPath, depth + 1, entries.slice(start, end))) return false;
      start = end;
    }
    return start === entries.length;
  }

  #nodeOf(item: Uint8Array, path: Uint8Array, depth: number): TrieNode | undefined {
    if (item[0] !== HASH_HEADER) return decodeNode(item, path, depth);
    const encoded = this.#proof.get(bytesToHex(item.subarray(1)));
    return encoded === undefined ? undefined : decodeNode(encoded, path, depth);
  }
}

/** Item by which a parent refers to these entries. */
function itemOf(entries: readonly RangeEntry[], depth: number): Uint8Array {
  if (entries.length === 0) return EMPTY_ITEM;
  const update = new TrieUpdate(NO_NODES);
  for (const { key, value } of entries) update.add(key, value);
  const encoded = encodeNode(nodeAt(update.apply(undefined)!, depth), depth);
  return depth > 0 && encoded.length < HASH_SIZE ? encoded : hashItem(keccak256(encoded));
}

function nodeAt(root: TrieNode, depth: number): TrieNode {
  if (root.kind !== "extension" || depth === 0) return root;
  return root.nibbles.length === depth
    ? root.child!
    : new Extension(root.nibbles.subarray(depth), root.child);
}

function hashItem(hash: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(HASH_HEADER), hash);
}

const NO_NODES = new NodeLoader({ get: () => undefined }, new Uint8Array(0));
