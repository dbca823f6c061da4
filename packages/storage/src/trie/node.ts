/** Contains the whole key, so that the leaf is valid at any depth. */
export class Leaf {
  readonly kind = "leaf";
  readonly key: Uint8Array;
  readonly value: Uint8Array;

  constructor(key: Uint8Array, value: Uint8Array) {
    this.key = key;
    this.value = value;
  }
}

export class Extension {
  readonly kind = "extension";
  /** At least one nibble, each in a byte. */
  readonly nibbles: Uint8Array;
  /** Undefined until loaded; until then, `encoded` refers to the child. */
  child: Branch | undefined;
  encoded: Uint8Array | undefined;

  constructor(nibbles: Uint8Array, child: Branch | undefined, encoded?: Uint8Array) {
    this.nibbles = nibbles;
    this.child = child;
    this.encoded = encoded;
  }
}

/**
 * Children are loaded, or referenced by `encoded`. Until `encoded` is computed, `base` (the earlier encoding)
 * refers to children outside `changed`.
 */
export class Branch {
  readonly kind = "branch";
  readonly children: (TrieNode | undefined)[];
  occupied: number;
  value: Uint8Array | undefined;
  encoded: Uint8Array | undefined;
  base: Uint8Array | undefined;
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

/** Immutable, except for cached fields. */
export type TrieNode = Leaf | Extension | Branch;

export function createBranch(): Branch {
  return new Branch(new Array(16).fill(undefined), 0, undefined, undefined, 0);
}

/** The copy may be changed until it is in a trie. */
export function copyBranch(branch: Branch): Branch {
  const { children, occupied, value, encoded, base, changed } = branch;
  if (encoded !== undefined) return new Branch(children.slice(), occupied, value, encoded, 0);
  return new Branch(children.slice(), occupied, value, base, changed);
}

/** Only for branches that are not in a trie. */
export function setChild(branch: Branch, nibble: number, child: TrieNode | undefined): void {
  const bit = 1 << nibble;
  branch.children[nibble] = child;
  branch.changed |= bit;
  if (child === undefined) branch.occupied &= ~bit;
  else branch.occupied |= bit;
}
