import { bytesToHex, compareBytes, type Hex, hexToBytes } from "@trellis/base";
import { EMPTY_TRIE_ROOT } from "@trellis/protocol";
import type { WriteOperation } from "../store/KeyValueStore.ts";
import { encodeNode, hashOf, isHashed } from "./encodeNode.ts";
import { NodeLoader, type NodeReader, nodeKey } from "./NodeLoader.ts";
import {
  bytesToNibbles,
  type LoadedNode,
  type Nibbles,
  nibblesToBytes,
  sharedLength,
  type TrieNode,
} from "./node.ts";
import { type Change, NodeUpdate } from "./updateNode.ts";

export type TrieChange = readonly [key: Uint8Array, value: Uint8Array | null];

/** What of a trie's storage changes when it becomes the stored version. */
export interface TrieWrites {
  /** Keys are `nodeKey`s. Deletes come before puts. */
  readonly operations: readonly WriteOperation[];
}

/**
 * A Merkle-Patricia trie (Ethereum yellow paper, appendix D) that never changes: `with` gives a new trie that shares
 * what is equal. Of all versions one is stored, a node a path; the others are in memory above it, and what they have
 * not in memory is what the stored version has at that path. That holds because versions are stored in the order in
 * which they were derived, and those that were derived from an older one are given up.
 */
export class Trie {
  readonly #loader: NodeLoader;
  readonly #reader: NodeReader;
  #root: TrieNode | undefined;
  /** Paths at which the version before had a stored node that this one may not have. */
  readonly #replaced: Map<string, Nibbles>;
  #rootHash: Hex | undefined;

  private constructor(
    reader: NodeReader,
    owner: Uint8Array,
    root: TrieNode | undefined,
    replaced: Map<string, Nibbles>,
  ) {
    this.#reader = reader;
    this.#loader = new NodeLoader(reader, owner);
    this.#root = root;
    this.#replaced = replaced;
  }

  /** @param owner 32 bytes that tell tries of one store apart, or none */
  static empty(reader: NodeReader, owner: Uint8Array): Trie {
    return new Trie(reader, owner, undefined, new Map());
  }

  /** The stored trie of that root. */
  static load(rootHash: Hex, reader: NodeReader, owner: Uint8Array): Trie {
    if (rootHash === EMPTY_TRIE_ROOT) return Trie.empty(reader, owner);
    return new Trie(reader, owner, { kind: "stored", hash: hexToBytes(rootHash) }, new Map());
  }

  rootHash(): Hex {
    this.#rootHash ??= this.#computeRootHash();
    return this.#rootHash;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    const nibbles = bytesToNibbles(key);
    let depth = 0;
    for (let node = this.#loadRoot(); node !== undefined; ) {
      if (node.kind === "leaf")
        return sharedLength(node.path, nibbles, 0, depth) === node.path.length &&
          nibbles.length - depth === node.path.length
          ? node.value
          : undefined;
      if (node.kind === "extension") {
        if (sharedLength(node.path, nibbles, 0, depth) < node.path.length) return undefined;
        depth += node.path.length;
        node = this.#loader.childOfExtension(node, nibbles.subarray(0, depth));
        continue;
      }
      if (depth === nibbles.length) return node.value;
      const nibble = nibbles[depth++]!;
      node = this.#loader.childOfBranch(node, nibble, nibbles.subarray(0, depth));
    }
    return undefined;
  }

  /** The trie with some values set, or removed by null. Of two changes of a key the later counts. */
  with(changes: Iterable<TrieChange>): Trie {
    const sorted = sortChanges(changes);
    if (sorted.length === 0) return this;
    const replaced = new Map<string, Nibbles>();
    const update = new NodeUpdate(this.#loader, (path) => replaced.set(nameOf(path), path));
    const root = update.apply(this.#root, sorted);
    return new Trie(this.#reader, this.#loader.owner, root, replaced);
  }

  /**
   * Makes this the stored version, as the next one after the version that it was derived from: the caller stores the
   * operations in order.
   */
  commit(): TrieWrites {
    const operations: WriteOperation[] = [];
    const written = new Set<string>();
    if (this.#root !== undefined) this.#collect(this.#root, [], true, operations, written);
    const deletes = [...this.#replaced]
      .filter(([name]) => !written.has(name))
      .map(([, path]): WriteOperation => ({ kind: "delete", key: nodeKey(this.#loader.owner, path) }));
    this.#replaced.clear();
    return { operations: [...deletes, ...operations] };
  }

  /** Lets go of stored nodes below `depth` nibbles; they are loaded again when they are needed. */
  unload(depth: number): void {
    if (this.#root !== undefined && this.#root.kind !== "stored") unloadBelow(this.#root, depth);
  }

  /** The nodes from the root to the key, or to where it would be (EIP-1186). */
  prove(key: Uint8Array): Uint8Array[] {
    const nibbles = bytesToNibbles(key);
    const proof: Uint8Array[] = [];
    let depth = 0;
    for (let node = this.#loadRoot(); node !== undefined; ) {
      if (depth === 0 || isHashed(node)) proof.push(encodeNode(node));
      if (node.kind === "leaf") break;
      if (node.kind === "extension") {
        if (sharedLength(node.path, nibbles, 0, depth) < node.path.length) break;
        depth += node.path.length;
        node = this.#loader.childOfExtension(node, nibbles.subarray(0, depth));
        continue;
      }
      if (depth === nibbles.length) break;
      const nibble = nibbles[depth++]!;
      node = this.#loader.childOfBranch(node, nibble, nibbles.subarray(0, depth));
    }
    return proof;
  }

  /** Keys and values in order, beginning at the first key that is not before `from`. */
  *entries(from: Uint8Array = new Uint8Array(0)): Iterable<readonly [key: Uint8Array, value: Uint8Array]> {
    const root = this.#loadRoot();
    if (root !== undefined) yield* this.#walk(root, new Uint8Array(0), bytesToNibbles(from));
  }

  *#walk(node: LoadedNode, path: Nibbles, from: Nibbles): Iterable<readonly [Uint8Array, Uint8Array]> {
    if (isBefore(path, from)) return;
    if (node.kind === "leaf") {
      const key = Uint8Array.of(...path, ...node.path);
      if (compareBytes(key, from) >= 0) yield [nibblesToBytes(key), node.value];
      return;
    }
    if (node.kind === "extension") {
      const childPath = Uint8Array.of(...path, ...node.path);
      yield* this.#walk(this.#loader.childOfExtension(node, childPath), childPath, from);
      return;
    }
    if (node.value !== undefined && compareBytes(path, from) >= 0) yield [nibblesToBytes(path), node.value];
    for (let nibble = 0; nibble < 16; nibble++) {
      if (node.children[nibble] === undefined) continue;
      const childPath = Uint8Array.of(...path, nibble);
      if (isBefore(childPath, from)) continue;
      yield* this.#walk(this.#loader.childOfBranch(node, nibble, childPath)!, childPath, from);
    }
  }

  #computeRootHash(): Hex {
    if (this.#root === undefined) return EMPTY_TRIE_ROOT;
    return bytesToHex(this.#root.kind === "stored" ? this.#root.hash : hashOf(this.#root));
  }

  #loadRoot(): LoadedNode | undefined {
    if (this.#root === undefined) return undefined;
    this.#root = this.#loader.load(this.#root, new Uint8Array(0));
    return this.#root;
  }

  #collect(
    node: TrieNode,
    path: readonly number[],
    isRoot: boolean,
    operations: WriteOperation[],
    written: Set<string>,
  ): void {
    if (node.kind === "stored" || node.isStored) return;
    if (isRoot || isHashed(node)) {
      const at = Uint8Array.from(path);
      operations.push({ kind: "put", key: nodeKey(this.#loader.owner, at), value: encodeNode(node) });
      written.add(nameOf(at));
    }
    if (node.kind === "extension")
      this.#collect(node.child, [...path, ...node.path], false, operations, written);
    if (node.kind === "branch") {
      node.children.forEach((child, nibble) => {
        if (child !== undefined) this.#collect(child, [...path, nibble], false, operations, written);
      });
    }
    node.isStored = true;
    if (isHashed(node)) node.encoding = undefined;
  }
}

function sortChanges(changes: Iterable<TrieChange>): Change[] {
  const sorted: Change[] = [];
  for (const [key, value] of changes) sorted.push({ key: bytesToNibbles(key), value });
  sorted.sort((a, b) => compareBytes(a.key, b.key));
  return sorted.filter(({ key }, index) => {
    const next = sorted[index + 1];
    return next === undefined || compareBytes(key, next.key) !== 0;
  });
}

function unloadBelow(node: LoadedNode, depth: number): void {
  if (node.kind === "leaf") return;
  if (node.kind === "extension") {
    const { child } = node;
    if (child.kind === "stored") return;
    if (depth <= node.path.length && child.isStored && isHashed(child))
      node.child = { kind: "stored", hash: hashOf(child) };
    else unloadBelow(child, depth - node.path.length);
    return;
  }
  node.children.forEach((child, nibble) => {
    if (child === undefined || child.kind === "stored") return;
    if (depth <= 1 && child.isStored && isHashed(child))
      node.children[nibble] = { kind: "stored", hash: hashOf(child) };
    else unloadBelow(child, depth - 1);
  });
}

/** True if every key under `path` is before `from`. */
function isBefore(path: Nibbles, from: Nibbles): boolean {
  const shared = sharedLength(path, from);
  return shared < path.length && shared < from.length && path[shared]! < from[shared]!;
}

function nameOf(path: Nibbles): string {
  return Buffer.from(path.buffer, path.byteOffset, path.byteLength).toString("latin1");
}
