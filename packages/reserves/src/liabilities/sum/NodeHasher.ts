import type { LeafLayout } from "../tree/layout.ts";
import type { Digest } from "../verify/hashes.ts";
import { HASH_SIZE } from "../verify/limits.ts";
import { LEAF_PREFIX, type LeafVersion, NODE_PREFIX, PADDING_PREFIX } from "../verify/preimages.ts";

export class NodeHasher {
  readonly #digest: Digest;
  readonly #nodeSize: number;
  readonly #node: Uint8Array;
  readonly #leaf: Uint8Array;
  readonly #padding: Uint8Array;
  readonly #empty: Uint8Array;
  readonly #layout: LeafLayout;

  constructor(
    digest: Digest,
    layout: LeafLayout,
    {
      snapshotId,
      paddingSecret,
      leafVersion,
    }: {
      readonly snapshotId: Uint8Array;
      readonly paddingSecret: Uint8Array;
      readonly leafVersion: LeafVersion;
    },
  ) {
    const { nodeSize } = layout;
    this.#digest = digest;
    this.#layout = layout;
    this.#nodeSize = nodeSize;
    this.#node = new Uint8Array(2 + 2 * nodeSize);
    this.#node[0] = NODE_PREFIX;
    this.#leaf = new Uint8Array(2 + 3 * HASH_SIZE + nodeSize - HASH_SIZE);
    this.#leaf.set([LEAF_PREFIX, leafVersion]);
    this.#leaf.set(snapshotId, 2);
    this.#padding = new Uint8Array(PADDING_PREFIX.length + 5 + HASH_SIZE);
    this.#padding.set(PADDING_PREFIX);
    this.#padding.set(paddingSecret, PADDING_PREFIX.length + 5);
    this.#empty = new Uint8Array(nodeSize);
  }

  leaf(record: Uint8Array): Uint8Array {
    const { customerAt, saltAt, nodeSize } = this.#layout;
    this.#leaf.set(record.subarray(customerAt, saltAt + HASH_SIZE), 2 + HASH_SIZE);
    this.#leaf.set(record.subarray(HASH_SIZE, nodeSize), 2 + 3 * HASH_SIZE);
    return this.#digest(this.#leaf);
  }

  /** @param level of the parent */
  parent(level: number, left: Uint8Array, right: Uint8Array): Uint8Array {
    const size = this.#nodeSize;
    this.#node[1] = level;
    this.#node.set(left.length === size ? left : left.subarray(0, size), 2);
    this.#node.set(right.length === size ? right : right.subarray(0, size), 2 + size);
    return this.#digest(this.#node);
  }

  /** A padding node (LIAB-8), which the next call overwrites. */
  padding(level: number, position: number): Uint8Array {
    const at = PADDING_PREFIX.length;
    this.#padding[at] = level;
    this.#padding[at + 1] = position >>> 24;
    this.#padding[at + 2] = position >>> 16;
    this.#padding[at + 3] = position >>> 8;
    this.#padding[at + 4] = position;
    this.#empty.set(this.#digest(this.#padding));
    return this.#empty;
  }

  parentBesidePadding(level: number, record: Uint8Array, position: number): Uint8Array {
    const padding = this.padding(level - 1, (position ^ 1) >>> 0);
    return position % 2 === 0 ? this.parent(level, record, padding) : this.parent(level, padding, record);
  }
}
