/** A key, whole, with its value. It stands at any depth at which nothing else goes the same way. */
export class Leaf {
  readonly kind = "leaf";
  readonly key: Uint8Array;
  readonly value: Uint8Array;

  constructor(key: Uint8Array, value: Uint8Array) {
    this.key = key;
    this.value = value;
  }
}

/** Some nibbles that all keys below share, and the branch at which they part. */
export class Extension {
  readonly kind = "extension";
  /** One nibble a byte; at least one. */
  readonly nibbles: Uint8Array;
  /** In memory, or else what `encoded` refers to. */
  child: Branch | undefined;
  /** RLP, once it was needed. */
  encoded: Uint8Array | undefined;

  constructor(nibbles: Uint8Array, child: Branch | undefined, encoded?: Uint8Array) {
    this.nibbles = nibbles;
    this.child = child;
    this.encoded = encoded;
  }
}

/**
 * Where keys part. A child is in memory, or it is what the encoding refers to. The encoding is that of this branch
 * (`encoded`); or, while it is not yet computed, that of the branch it was derived from (`base`), which still holds
 * for all children but those in `changed`.
 */
export class Branch {
  readonly kind = "branch";
  readonly children: (TrieNode | undefined)[];
  /** A bit for each nibble that has a child. */
  occupied: number;
  /** The value of the key that ends here. */
  value: Uint8Array | undefined;
  encoded: Uint8Array | undefined;
  base: Uint8Array | undefined;
  /** A bit for each child that is in memory and not in `base`. */
  changed: number;

  constructor(
    children: (TrieNode | undefined)[],
    occupied: number,
    value: Uint8Array | undefined,
    base: Uint8Array | undefined,
    changed: number,
  ) {
    this.children = children;
    this.occupied = occupied;
    this.value = value;
    this.encoded = undefined;
    this.base = base;
    this.changed = changed;
  }
}

/** In memory. Nodes never change but for their caches: children that are loaded, encodings that are computed. */
export type TrieNode = Leaf | Extension | Branch;

export function createBranch(): Branch {
  return new Branch(new Array(16).fill(undefined), 0, undefined, undefined, 0);
}

/** A branch that can be changed before anyone else sees it. */
export function copyBranch(branch: Branch): Branch {
  const { children, occupied, value, encoded, base, changed } = branch;
  if (encoded !== undefined) return new Branch(children.slice(), occupied, value, encoded, 0);
  return new Branch(children.slice(), occupied, value, base, changed);
}

/** Only for a branch that nobody else sees. */
export function setChild(branch: Branch, nibble: number, child: TrieNode | undefined): void {
  const bit = 1 << nibble;
  branch.children[nibble] = child;
  branch.changed |= bit;
  if (child === undefined) branch.occupied &= ~bit;
  else branch.occupied |= bit;
}
