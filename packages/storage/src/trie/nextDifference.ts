import { bytesEqual, bytesToHex, compareBytes, concatBytes, type Hex, hexToBytes } from "@trellis/base";
import { keccak256, keccak256Hex } from "@trellis/crypto";
import { EMPTY_TRIE_ROOT } from "@trellis/protocol";
import { decodeNode } from "./decodeNode.ts";
import { itemOfExtended, itemOffsets } from "./encodeNode.ts";
import type { NodeReader } from "./NodeLoader.ts";
import type { Branch, TrieNode } from "./node.ts";
import { appendToPath, firstKeyUnder, lastKeyUnder, nodeKey } from "./path.ts";
import { Trie } from "./Trie.ts";

const HASH_HEADER = 0xa0;
const EMPTY_ITEM = 0x80;
const NO_PATH = new Uint8Array(0);

export interface StoredTrie {
  readonly reader: NodeReader;
  readonly owner: Uint8Array;
  readonly rootHash: Hex;
}

/** First key from `from` on at which the tries may differ. Only for 32-byte keys. [TRIE-9] */
export function nextDifference(
  rootHash: Hex,
  from: Uint8Array,
  proof: readonly Uint8Array[],
  stored: StoredTrie,
): Uint8Array | undefined {
  const root =
    rootHash === EMPTY_TRIE_ROOT
      ? Uint8Array.of(EMPTY_ITEM)
      : concatBytes(Uint8Array.of(HASH_HEADER), hexToBytes(rootHash));
  return new DifferenceWalk(from, proof, stored).first(root, NO_PATH, 0);
}

class DifferenceWalk {
  readonly #from: Uint8Array;
  readonly #proof: ReadonlyMap<Hex, Uint8Array>;
  readonly #stored: StoredTrie;
  readonly #trie: Trie;
  /** Next stored key: null if none, undefined if unread. */
  #next: Uint8Array | null | undefined;

  constructor(from: Uint8Array, proof: readonly Uint8Array[], stored: StoredTrie) {
    this.#from = from;
    this.#proof = new Map(proof.map((node) => [keccak256Hex(node), node]));
    this.#stored = stored;
    this.#trie = Trie.load(stored.rootHash, stored.reader, stored.owner);
  }

  /** `item` is at the first `depth` nibbles of `path`. */
  first(item: Uint8Array, path: Uint8Array, depth: number): Uint8Array | undefined {
    const last = lastKeyUnder(path, depth);
    if (compareBytes(last, this.#from) < 0) return undefined;
    if (item[0] === EMPTY_ITEM) return this.#storedBetween(firstKeyUnder(path, depth), last);
    if (this.#isStored(item, path, depth)) return undefined;
    const node = this.#nodeOf(item, path, depth);
    if (node?.kind === "branch") return this.#firstInBranch(node, path, depth);
    if (node?.kind !== "extension") return later(firstKeyUnder(path, depth), this.#from);
    const childPath = appendToPath(path, depth, node.nibbles);
    const childDepth = depth + node.nibbles.length;
    return (
      this.#storedBetween(firstKeyUnder(path, depth), before(firstKeyUnder(childPath, childDepth))) ??
      this.first(itemOfExtended(node), childPath, childDepth) ??
      this.#storedBetween(after(lastKeyUnder(childPath, childDepth)), last)
    );
  }

  #firstInBranch(branch: Branch, path: Uint8Array, depth: number): Uint8Array | undefined {
    const encoded = branch.encoded!;
    const offsets = itemOffsets(encoded).slice();
    for (let nibble = 0; nibble < 16; nibble++) {
      const item = encoded.subarray(offsets[nibble]!, offsets[nibble + 1]!);
      const found = this.first(item, appendToPath(path, depth, Uint8Array.of(nibble)), depth + 1);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** If a node is stored, its whole subtree is stored. */
  #isStored(item: Uint8Array, path: Uint8Array, depth: number): boolean {
    if (item[0] !== HASH_HEADER) return false;
    const stored = this.#stored.reader.get(nodeKey(this.#stored.owner, path, depth));
    return stored !== undefined && bytesEqual(keccak256(stored), item.subarray(1));
  }

  #nodeOf(item: Uint8Array, path: Uint8Array, depth: number): TrieNode | undefined {
    if (item[0] !== HASH_HEADER) return decodeNode(item, path, depth);
    const encoded = this.#proof.get(bytesToHex(item.subarray(1)));
    return encoded === undefined ? undefined : decodeNode(encoded, path, depth);
  }

  #storedBetween(first: Uint8Array | undefined, last: Uint8Array | undefined): Uint8Array | undefined {
    if (first === undefined || last === undefined) return undefined;
    const start = later(first, this.#from);
    if (this.#next === undefined || (this.#next !== null && compareBytes(this.#next, start) < 0)) {
      const [entry] = this.#trie.entries(start).take(1);
      this.#next = entry?.[0] ?? null;
    }
    return this.#next !== null && compareBytes(this.#next, last) <= 0 ? this.#next : undefined;
  }
}

function later(a: Uint8Array, b: Uint8Array): Uint8Array {
  return compareBytes(a, b) < 0 ? b : a;
}

function after(key: Uint8Array): Uint8Array | undefined {
  const next = key.slice();
  for (let index = next.length - 1; index >= 0; index--) {
    next[index] = (next[index]! + 1) & 0xff;
    if (next[index] !== 0) return next;
  }
  return undefined;
}

function before(key: Uint8Array): Uint8Array | undefined {
  const previous = key.slice();
  for (let index = previous.length - 1; index >= 0; index--) {
    previous[index] = (previous[index]! - 1) & 0xff;
    if (previous[index] !== 0xff) return previous;
  }
  return undefined;
}
