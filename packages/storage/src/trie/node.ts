/** One nibble a byte, 0 to 15. */
export type Nibbles = Uint8Array;

/** A subtree that is stored but not in memory: the keccak256 of its root node. */
export interface StoredNode {
  readonly kind: "stored";
  readonly hash: Uint8Array;
}

interface Cached {
  /** The node's RLP, once it was needed. */
  encoding: Uint8Array | undefined;
  /** How a parent refers to it: its hash behind 0xa0, or the encoding itself if that is shorter than 32 bytes. */
  reference: Uint8Array | undefined;
  /** Stored at its path, or an inner part of a node that is. */
  isStored: boolean;
}

export interface LeafNode extends Cached {
  readonly kind: "leaf";
  readonly path: Nibbles;
  readonly value: Uint8Array;
}

export interface ExtensionNode extends Cached {
  readonly kind: "extension";
  readonly path: Nibbles;
  child: TrieNode;
}

export interface BranchNode extends Cached {
  readonly kind: "branch";
  readonly children: (TrieNode | undefined)[];
  readonly value: Uint8Array | undefined;
}

export type LoadedNode = LeafNode | ExtensionNode | BranchNode;

/** A node never changes but for its caches: a child that was loaded, an encoding that was computed. */
export type TrieNode = LoadedNode | StoredNode;

const FRESH = { encoding: undefined, reference: undefined, isStored: false } as const;

export function leaf(path: Nibbles, value: Uint8Array): LeafNode {
  return { kind: "leaf", path, value, ...FRESH };
}

export function extension(path: Nibbles, child: TrieNode): ExtensionNode {
  return { kind: "extension", path, child, ...FRESH };
}

export function branch(children: (TrieNode | undefined)[], value: Uint8Array | undefined): BranchNode {
  return { kind: "branch", children, value, ...FRESH };
}

export function bytesToNibbles(bytes: Uint8Array): Nibbles {
  const nibbles = new Uint8Array(bytes.length * 2);
  for (let index = 0; index < bytes.length; index++) {
    nibbles[2 * index] = bytes[index]! >> 4;
    nibbles[2 * index + 1] = bytes[index]! & 15;
  }
  return nibbles;
}

export function nibblesToBytes(nibbles: Nibbles): Uint8Array {
  const bytes = new Uint8Array(nibbles.length >> 1);
  for (let index = 0; index < bytes.length; index++) {
    bytes[index] = (nibbles[2 * index]! << 4) | nibbles[2 * index + 1]!;
  }
  return bytes;
}

/** Nibbles that two paths share from the given starts. */
export function sharedLength(a: Nibbles, b: Nibbles, aStart = 0, bStart = 0): number {
  const end = Math.min(a.length - aStart, b.length - bStart);
  let length = 0;
  while (length < end && a[aStart + length] === b[bStart + length]) length++;
  return length;
}
