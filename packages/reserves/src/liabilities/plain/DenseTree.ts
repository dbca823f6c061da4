import type { Digest } from "../verify/hashes.ts";
import { HASH_SIZE } from "../verify/limits.ts";
import { depthOfSize } from "../verify/treeRules.ts";

interface DenseStorage {
  leaf(index: number): Uint8Array;
  /** Node whose left subtree ends at this leaf. */
  inner(leaf: number): Uint8Array;
}

/** RFC 6962, section 2.1. Storage positions do not depend on the size, so leaves can be appended. */
export class DenseTree {
  readonly #digest: Digest;
  readonly #storage: DenseStorage;
  readonly #message = new Uint8Array(1 + 2 * HASH_SIZE);
  #count: number;

  /** @param storage contains leaf hashes, and inner nodes if already computed */
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

  get root(): Uint8Array {
    return this.node(this.depth, 0);
  }

  build(): void {
    for (let level = 1; level <= this.depth; level++) {
      const width = 2 ** level;
      for (let first = 0; first + width / 2 < this.#count; first += width) this.#hash(level, first);
    }
  }

  update(leaf: number): void {
    for (let level = 1; level <= this.depth; level++) {
      const width = 2 ** level;
      const first = leaf - (leaf % width);
      if (first + width / 2 < this.#count) this.#hash(level, first);
    }
  }

  append(): void {
    this.#count++;
    this.update(this.#count - 1);
  }

  *innerAbove(leaf: number): Iterable<number> {
    for (let level = 1; level <= this.depth; level++) {
      const width = 2 ** level;
      const first = leaf - (leaf % width);
      if (first + width / 2 < this.#count) yield first + width / 2 - 1;
    }
  }

  /** A node without a right subtree equals its left child. */
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

export function flatStorage(
  leaves: Uint8Array,
  inner: Uint8Array = new Uint8Array(Math.max(0, leaves.length - HASH_SIZE)),
): DenseStorage {
  const at = (bytes: Uint8Array, index: number): Uint8Array =>
    bytes.subarray(index * HASH_SIZE, (index + 1) * HASH_SIZE);
  return { leaf: (index) => at(leaves, index), inner: (leaf) => at(inner, leaf) };
}
