import { concatBytes } from "@trellis/base";
import type { NodeLoader } from "./NodeLoader.ts";
import {
  type BranchNode,
  branch,
  type ExtensionNode,
  extension,
  type LeafNode,
  type LoadedNode,
  leaf,
  type Nibbles,
  sharedLength,
  type TrieNode,
} from "./node.ts";

/** A key with its new value; null deletes. */
export interface Change {
  readonly key: Nibbles;
  readonly value: Uint8Array | null;
}

/** Changes sorted by key, of which the part from `start` to `end` (left out) concerns one subtree. */
interface Slice {
  readonly changes: readonly Change[];
  readonly start: number;
  readonly end: number;
}

/**
 * Applies sorted changes to a subtree in one pass and gives the new subtree; what is unchanged is shared.
 * `replaced` is told each stored node that the new tree may not have at its path any more.
 */
export class NodeUpdate {
  readonly #loader: NodeLoader;
  readonly #replaced: (path: Nibbles) => void;

  constructor(loader: NodeLoader, replaced: (path: Nibbles) => void) {
    this.#loader = loader;
    this.#replaced = replaced;
  }

  apply(root: TrieNode | undefined, changes: readonly Change[]): TrieNode | undefined {
    return this.#update(root, new Uint8Array(0), { changes, start: 0, end: changes.length });
  }

  #update(node: TrieNode | undefined, path: Nibbles, slice: Slice): TrieNode | undefined {
    if (slice.start === slice.end) return node;
    if (node === undefined) return build(slice, path.length);
    const loaded = this.#loader.load(node, path);
    if (loaded.isStored) this.#replaced(path);
    if (loaded.kind === "leaf") return build(withLeaf(slice, loaded, path), path.length);
    if (loaded.kind === "extension") return this.#updateExtension(loaded, path, slice);
    return this.#updateBranch(loaded.children, loaded.value, path, slice);
  }

  #updateExtension(node: ExtensionNode, path: Nibbles, slice: Slice): TrieNode | undefined {
    const { changes, start, end } = slice;
    const depth = path.length;
    let shared = node.path.length;
    for (const index of [start, end - 1]) {
      shared = Math.min(shared, sharedLength(node.path, changes[index]!.key, 0, depth));
    }
    if (shared === node.path.length) {
      const childPath = concatBytes(path, node.path);
      return this.#join(
        node.path,
        this.#update(this.#loader.childOfExtension(node, childPath), childPath, slice),
        path,
      );
    }
    // The changes leave the extension on the way: a branch goes in where they do.
    const children: (TrieNode | undefined)[] = new Array(16).fill(undefined);
    const rest = node.path.subarray(shared + 1);
    children[node.path[shared]!] = rest.length === 0 ? node.child : extension(rest, node.child);
    const branchPath = concatBytes(path, node.path.subarray(0, shared));
    return this.#join(
      node.path.subarray(0, shared),
      this.#updateBranch(children, undefined, branchPath, slice),
      path,
    );
  }

  #updateBranch(
    before: readonly (TrieNode | undefined)[],
    valueBefore: Uint8Array | undefined,
    path: Nibbles,
    { changes, start, end }: Slice,
  ): TrieNode | undefined {
    const children = [...before];
    let value = valueBefore;
    let index = start;
    if (changes[index]!.key.length === path.length) value = changes[index++]!.value ?? undefined;
    while (index < end) {
      const nibble = changes[index]!.key[path.length]!;
      const groupEnd = endOfGroup(changes, index, end, path.length);
      const childPath = concatBytes(path, Uint8Array.of(nibble));
      children[nibble] = this.#update(children[nibble], childPath, { changes, start: index, end: groupEnd });
      index = groupEnd;
    }
    return this.#collapse(branch(children, value), path);
  }

  /** A branch needs two of children and value; with less it becomes what is left. */
  #collapse(node: BranchNode, path: Nibbles): TrieNode | undefined {
    const used = node.children.flatMap((child, nibble) => (child === undefined ? [] : [nibble]));
    if (used.length + (node.value === undefined ? 0 : 1) > 1) return node;
    if (node.value !== undefined) return leaf(new Uint8Array(0), node.value);
    const nibble = used[0];
    if (nibble === undefined) return undefined;
    return this.#join(Uint8Array.of(nibble), node.children[nibble], path);
  }

  /** Puts a path in front of a node, merging it with the node's own. */
  #join(prefix: Nibbles, node: TrieNode | undefined, path: Nibbles): TrieNode | undefined {
    if (node === undefined || prefix.length === 0) return node;
    const nodePath = concatBytes(path, prefix);
    const loaded = this.#loader.load(node, nodePath);
    if (loaded.kind === "branch") return extension(prefix, node.kind === "stored" ? node : loaded);
    if (loaded.isStored) this.#replaced(nodePath);
    const merged = concatBytes(prefix, loaded.path);
    return loaded.kind === "leaf" ? leaf(merged, loaded.value) : extension(merged, loaded.child);
  }
}

/** A subtree of nothing but the changes that set a value. */
function build(slice: Slice, depth: number): LoadedNode | undefined {
  const changes = slice.changes.slice(slice.start, slice.end).filter(({ value }) => value !== null);
  return changes.length === 0 ? undefined : buildFrom(changes, 0, changes.length, depth);
}

function buildFrom(changes: readonly Change[], start: number, end: number, depth: number): LoadedNode {
  const first = changes[start]!;
  if (end - start === 1) return leaf(first.key.subarray(depth), first.value!);
  const shared = sharedLength(first.key, changes[end - 1]!.key, depth, depth);
  if (shared > 0)
    return extension(
      first.key.subarray(depth, depth + shared),
      buildFrom(changes, start, end, depth + shared),
    );
  const children: (TrieNode | undefined)[] = new Array(16).fill(undefined);
  let index = start;
  const value = first.key.length === depth ? changes[index++]!.value! : undefined;
  while (index < end) {
    const groupEnd = endOfGroup(changes, index, end, depth);
    children[changes[index]!.key[depth]!] = buildFrom(changes, index, groupEnd, depth + 1);
    index = groupEnd;
  }
  return branch(children, value);
}

/** The changes with an existing leaf among them, unless one of them replaces it. */
function withLeaf({ changes, start, end }: Slice, node: LeafNode, path: Nibbles): Slice {
  const key = concatBytes(path, node.path);
  const concerned = changes.slice(start, end);
  const at = concerned.findIndex((change) => Buffer.compare(change.key, key) >= 0);
  const isReplaced = at >= 0 && Buffer.compare(concerned[at]!.key, key) === 0;
  if (!isReplaced) concerned.splice(at < 0 ? concerned.length : at, 0, { key, value: node.value });
  return { changes: concerned, start: 0, end: concerned.length };
}

function endOfGroup(changes: readonly Change[], start: number, end: number, depth: number): number {
  const nibble = changes[start]!.key[depth];
  let index = start + 1;
  while (index < end && changes[index]!.key[depth] === nibble) index++;
  return index;
}
