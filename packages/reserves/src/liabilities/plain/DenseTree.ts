import type { Digest } from "../verify/hashes.ts";
import { HASH_SIZE } from "../verify/limits.ts";
import { depthOfSize } from "../verify/treeRules.ts";

/** Where the hashes of a dense tree lie. What is given out are views of 32 bytes. */
interface DenseStorage {
  leaf(index: number): Uint8Array;
  /** The node whose left subtree ends with this leaf: there is one for each leaf but the last. */
  inner(leaf: number): Uint8Array;
}

/**
 * A Merkle tree by RFC 6962, section 2.1: a node's left subtree is the largest full one that leaves a leaf for the
 * right. Each node has one place whatever the number of leaves is, so that leaves can be appended.
 */
export class DenseTree {
  readonly #digest: Digest;
  readonly #storage: DenseStorage;
  readonly #message = new Uint8Array(1 + 2 * HASH_SIZE);
  #count: number;

  /** The storage has the leaves' hashes, and inner nodes where they were built before. */
  constructor(digest: Digest, storage: DenseStorage, count: number) {
    this.#digest = digest;
    this.#storage = storage;
    this.#count = count;
    this.#message[0] = 1;
  }

  get count(): number {
    return this.#count;
  }

  get depth(): number {
    return depthOfSize(this.#count);
  }

  /** A view. There is one leaf at least. */
  get root(): Uint8Array {
    return this.node(this.depth, 0);
  }

  /** Hashes all inner nodes, level by level. */
  build(): void {
    for (let level = 1; level <= this.depth; level++) {
      const width = 2 ** level;
      for (let first = 0; first + width / 2 < this.#count; first += width) this.#hash(level, first);
    }
  }

  /** Hashes what stands above a leaf whose hash has changed. */
  update(leaf: number): void {
    for (let level = 1; level <= this.depth; level++) {
      const width = 2 ** level;
      const first = leaf - (leaf % width);
      if (first + width / 2 < this.#count) this.#hash(level, first);
    }
  }

  /** Takes the leaf behind the last one in, whose hash the storage has. */
  append(): void {
    this.#count++;
    this.update(this.#count - 1);
  }

  /** The places of inner nodes above a leaf. */
  *innerAbove(leaf: number): Iterable<number> {
    for (let level = 1; level <= this.depth; level++) {
      const width = 2 ** level;
      const first = leaf - (leaf % width);
      if (first + width / 2 < this.#count) yield first + width / 2 - 1;
    }
  }

  /** The node of a level whose first leaf this is. One without a right side is what its left side is. */
  node(level: number, first: number): Uint8Array {
    let below = level;
    while (below > 0 && first + 2 ** (below - 1) >= this.#count) below--;
    return below === 0 ? this.#storage.leaf(first) : this.#storage.inner(first + 2 ** (below - 1) - 1);
  }

  #hash(level: number, first: number): void {
    const half = 2 ** (level - 1);
    this.#message.set(this.node(level - 1, first), 1);
    this.#message.set(this.node(level - 1, first + half), 1 + HASH_SIZE);
    this.#storage.inner(first + half - 1).set(this.#digest(this.#message));
  }
}

/** Two flat runs of bytes: the leaves' hashes, and inner nodes where they were built before. */
export function flatStorage(
  leaves: Uint8Array,
  inner: Uint8Array = new Uint8Array(Math.max(0, leaves.length - HASH_SIZE)),
): DenseStorage {
  const at = (bytes: Uint8Array, index: number): Uint8Array =>
    bytes.subarray(index * HASH_SIZE, (index + 1) * HASH_SIZE);
  return { leaf: (index) => at(leaves, index), inner: (leaf) => at(inner, leaf) };
}
