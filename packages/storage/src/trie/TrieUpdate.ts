import { bytesEqual } from "@trellis/base";
import type { NodeLoader } from "./NodeLoader.ts";
import { type Branch, copyBranch, createBranch, Extension, Leaf, setChild, type TrieNode } from "./node.ts";
import { appendToPath, nibbleAt, sharedWithKey, sharedWithNibbles, unpackNibbles } from "./path.ts";

/** First the keys that end at the branch, then one group per next nibble. */
const GROUPS = 17;

/** The sort is stable, so the last change of a key wins. */
export class TrieUpdate {
  readonly #loader: NodeLoader;
  readonly #keys: Uint8Array[] = [];
  readonly #values: (Uint8Array | null)[] = [];
  /** Indices of changes. The changes of a subtree are contiguous. */
  #order = new Uint32Array(0);
  #sorted = new Uint32Array(0);
  readonly #groupEnds: Uint32Array[] = [];

  constructor(loader: NodeLoader) {
    this.#loader = loader;
  }

  get count(): number {
    return this.#keys.length;
  }

  add(key: Uint8Array, value: Uint8Array | null): void {
    this.#keys.push(key);
    this.#values.push(value);
  }

  apply(root: TrieNode | undefined): TrieNode | undefined {
    this.#order = new Uint32Array(this.count);
    for (let index = 0; index < this.count; index++) this.#order[index] = index;
    this.#sorted = new Uint32Array(this.count);
    return this.#update(root, 0, 0, this.count);
  }

  #update(node: TrieNode | undefined, depth: number, start: number, end: number): TrieNode | undefined {
    if (node === undefined) return this.#build(depth, start, end);
    if (node.kind === "branch") return this.#updateBranch(node, depth, start, end, false);
    if (node.kind === "leaf") return this.#updateLeaf(node, depth, start, end);
    return this.#updateExtension(node, depth, start, end);
  }

  #build(depth: number, start: number, end: number): TrieNode | undefined {
    const key = this.#keyAt(start);
    const shared = this.#sharedFrom(key, depth, start + 1, end);
    if (shared === undefined) {
      const value = this.#values[this.#order[end - 1]!]!;
      return value === null ? undefined : new Leaf(key, value);
    }
    return this.#branchOff(createBranch(), key, depth, shared, start, end);
  }

  #updateLeaf(leaf: Leaf, depth: number, start: number, end: number): TrieNode | undefined {
    const { key } = leaf;
    const shared = this.#sharedFrom(key, depth, start, end);
    if (shared === undefined) {
      const value = this.#values[this.#order[end - 1]!]!;
      if (value === null) return undefined;
      return bytesEqual(value, leaf.value) ? leaf : new Leaf(key, value);
    }
    const branch = createBranch();
    if (key.length * 2 === depth + shared) branch.value = leaf.value;
    else setChild(branch, nibbleAt(key, depth + shared), leaf);
    return this.#branchOff(branch, key, depth, shared, start, end);
  }

  #updateExtension(extension: Extension, depth: number, start: number, end: number): TrieNode | undefined {
    const { nibbles } = extension;
    const key = this.#keyAt(start);
    const child = this.#loader.childOfExtension(extension, key, depth);
    let shared = nibbles.length;
    for (let index = start; index < end && shared > 0; index++) {
      shared = Math.min(shared, sharedWithNibbles(this.#keyAt(index), depth, nibbles));
    }
    if (shared === nibbles.length) {
      const after = this.#updateBranch(child, depth + shared, start, end, false);
      return after === child ? extension : this.#join(nibbles, after, key, depth);
    }
    const branch = createBranch();
    const rest = nibbles.subarray(shared + 1);
    setChild(branch, nibbles[shared]!, rest.length === 0 ? child : new Extension(rest, child));
    const after = this.#branchOff(branch, key, depth, shared, start, end);
    const isSame =
      after?.kind === "extension" && after.child === child && after.nibbles.length === nibbles.length;
    return isSame ? extension : after;
  }

  #branchOff(
    branch: Branch,
    key: Uint8Array,
    depth: number,
    shared: number,
    start: number,
    end: number,
  ): TrieNode | undefined {
    const after = this.#updateBranch(branch, depth + shared, start, end, true);
    return shared === 0 ? after : this.#join(unpackNibbles(key, depth, depth + shared), after, key, depth);
  }

  #updateBranch(
    branch: Branch,
    depth: number,
    start: number,
    end: number,
    isNew: boolean,
  ): TrieNode | undefined {
    const key = this.#keyAt(start);
    let next = isNew ? branch : undefined;
    const ends = this.#partition(depth, start, end);
    let from = start;
    if (ends[0]! > from) {
      const value = this.#values[this.#order[ends[0]! - 1]!] ?? undefined;
      if (!isSameValue(branch.value, value)) {
        next ??= copyBranch(branch);
        next.value = value;
      }
      from = ends[0]!;
    }
    for (let nibble = 0; from < end; nibble++) {
      const to = ends[nibble + 1]!;
      if (to === from) continue;
      const before = this.#loader.childOfBranch(branch, nibble, key, depth);
      const after = this.#update(before, depth + 1, from, to);
      if (after !== before) {
        next ??= copyBranch(branch);
        setChild(next, nibble, after);
      }
      from = to;
    }
    return next === undefined ? branch : this.#collapse(next, key, depth);
  }

  /** Collapses a branch with fewer than two entries (children and value). */
  #collapse(branch: Branch, key: Uint8Array, depth: number): TrieNode | undefined {
    const { occupied, value } = branch;
    const isOneOrNone = (occupied & (occupied - 1)) === 0;
    if (!isOneOrNone || (occupied !== 0 && value !== undefined)) return branch;
    if (occupied === 0) return value === undefined ? undefined : new Leaf(key.slice(0, depth >> 1), value);
    const nibble = 31 - Math.clz32(occupied);
    const child = this.#loader.childOfBranch(branch, nibble, key, depth);
    return this.#join(Uint8Array.of(nibble), child, key, depth);
  }

  #join(
    nibbles: Uint8Array,
    node: TrieNode | undefined,
    key: Uint8Array,
    depth: number,
  ): TrieNode | undefined {
    if (node === undefined || node.kind === "leaf") return node;
    if (node.kind === "branch") return new Extension(nibbles, node);
    const path = appendToPath(key, depth, nibbles);
    const child = this.#loader.childOfExtension(node, path, depth + nibbles.length);
    const joined = new Uint8Array(nibbles.length + node.nibbles.length);
    joined.set(nibbles);
    joined.set(node.nibbles, nibbles.length);
    return new Extension(joined, child);
  }

  /** Nibbles after `depth` that all changes share with `key`; undefined if all have this key. */
  #sharedFrom(key: Uint8Array, depth: number, start: number, end: number): number | undefined {
    let shared = key.length * 2 - depth;
    let isOneKey = true;
    for (let index = start; index < end; index++) {
      const other = this.#keyAt(index);
      const count = sharedWithKey(key, other, depth);
      if (count < shared) shared = count;
      if (other.length !== key.length || depth + count < key.length * 2) isOneKey = false;
      if (shared === 0 && !isOneKey) break;
    }
    return isOneKey ? undefined : shared;
  }

  #partition(depth: number, start: number, end: number): Uint32Array {
    let ends = this.#groupEnds[depth];
    if (ends === undefined) {
      ends = new Uint32Array(GROUPS);
      this.#groupEnds[depth] = ends;
    }
    ends.fill(0);
    if (end - start === 1) {
      ends.fill(end, this.#groupOf(start, depth));
      ends.fill(start, 0, this.#groupOf(start, depth));
      return ends;
    }
    for (let index = start; index < end; index++) ends[this.#groupOf(index, depth)]!++;
    for (let group = 0, at = start; group < GROUPS; group++) {
      const count = ends[group]!;
      ends[group] = at;
      at += count;
    }
    for (let index = start; index < end; index++) {
      const group = this.#groupOf(index, depth);
      this.#sorted[ends[group]!++] = this.#order[index]!;
    }
    this.#order.set(this.#sorted.subarray(start, end), start);
    return ends;
  }

  #groupOf(index: number, depth: number): number {
    const key = this.#keyAt(index);
    return key.length * 2 === depth ? 0 : nibbleAt(key, depth) + 1;
  }

  #keyAt(index: number): Uint8Array {
    return this.#keys[this.#order[index]!]!;
  }
}

function isSameValue(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a === undefined || b === undefined ? a === b : bytesEqual(a, b);
}
