import { bytesEqual } from "@trellis/base";
import type { WriteOperation } from "../store/KeyValueStore.ts";
import { BRANCH_OFFSETS, encodeNode, isStoredAlone, itemOffsets } from "./encodeNode.ts";
import type { NodeLoader } from "./NodeLoader.ts";
import type { Branch, TrieNode } from "./node.ts";
import { nodeKey, setNibble } from "./path.ts";

export type NodeWrite = WriteOperation & { readonly former: Uint8Array | undefined };

/** `skipped` counts nibbles already passed inside an extension. */
interface Place {
  readonly node: TrieNode | undefined;
  readonly skipped: number;
}

/** Visits only changed nodes. [TRIE-4] */
export function collectWrites(
  loader: NodeLoader,
  before: TrieNode | undefined,
  after: TrieNode | undefined,
): NodeWrite[] {
  const collector = new WriteCollector(loader);
  collector.compare({ node: before, skipped: 0 }, { node: after, skipped: 0 }, 0);
  return collector.operations;
}

class WriteCollector {
  readonly operations: NodeWrite[] = [];
  readonly #loader: NodeLoader;
  #path = new Uint8Array(64);
  readonly #offsets: { readonly before: Int32Array; readonly after: Int32Array }[] = [];

  constructor(loader: NodeLoader) {
    this.#loader = loader;
  }

  compare(before: Place, after: Place, depth: number): void {
    if (before.node === after.node && before.skipped === after.skipped) return;
    const old = nodeAt(before);
    const current = nodeAt(after);
    if (old?.kind === "branch" && current?.kind === "branch") {
      if (!bytesEqual(encodeNode(old, depth), encodeNode(current, depth))) {
        this.#compareBranches(old, current, depth);
      }
      return;
    }
    this.#write(old, current, depth);
    const ways = waysOf(before) | waysOf(after);
    for (let nibble = 0; nibble < 16; nibble++) {
      if ((ways & (1 << nibble)) === 0) continue;
      const from = this.#step(before, nibble, depth);
      const to = this.#step(after, nibble, depth);
      this.#enter(nibble, depth);
      this.compare(from, to, depth + 1);
    }
  }

  #compareBranches(old: Branch, current: Branch, depth: number): void {
    this.#write(old, current, depth);
    const offsets = this.#offsetsAt(depth);
    const oldAt = itemOffsets(old.encoded!, offsets.before);
    const currentAt = itemOffsets(current.encoded!, offsets.after);
    for (let nibble = 0; nibble < 16; nibble++) {
      const child = current.children[nibble];
      if (child !== undefined && child === old.children[nibble]) continue;
      if (isSameItem(old.encoded!, oldAt, current.encoded!, currentAt, nibble)) continue;
      const from = this.#loader.childOfBranch(old, nibble, this.#path, depth);
      const to = this.#loader.childOfBranch(current, nibble, this.#path, depth);
      this.#enter(nibble, depth);
      if (from?.kind === "branch" && to?.kind === "branch") this.#compareBranches(from, to, depth + 1);
      else this.compare({ node: from, skipped: 0 }, { node: to, skipped: 0 }, depth + 1);
    }
  }

  #write(old: TrieNode | undefined, current: TrieNode | undefined, depth: number): void {
    const former = storedFormOf(old, depth);
    const value = storedFormOf(current, depth);
    if (former === undefined && value === undefined) return;
    const key = nodeKey(this.#loader.owner, this.#path, depth);
    this.operations.push(
      value === undefined ? { kind: "delete", key, former } : { kind: "put", key, value, former },
    );
  }

  #step({ node, skipped }: Place, nibble: number, depth: number): Place {
    if (node?.kind === "branch") {
      return { node: this.#loader.childOfBranch(node, nibble, this.#path, depth), skipped: 0 };
    }
    if (node?.kind !== "extension" || node.nibbles[skipped] !== nibble)
      return { node: undefined, skipped: 0 };
    if (skipped + 1 < node.nibbles.length) return { node, skipped: skipped + 1 };
    return { node: this.#loader.childOfExtension(node, this.#path, depth - skipped), skipped: 0 };
  }

  #enter(nibble: number, depth: number): void {
    if (depth >> 1 >= this.#path.length) {
      const longer = new Uint8Array(this.#path.length * 2);
      longer.set(this.#path);
      this.#path = longer;
    }
    setNibble(this.#path, depth, nibble);
  }

  #offsetsAt(depth: number) {
    let offsets = this.#offsets[depth];
    if (offsets === undefined) {
      offsets = { before: new Int32Array(BRANCH_OFFSETS), after: new Int32Array(BRANCH_OFFSETS) };
      this.#offsets[depth] = offsets;
    }
    return offsets;
  }
}

function storedFormOf(node: TrieNode | undefined, depth: number): Uint8Array | undefined {
  const encoded = node && encodeNode(node, depth);
  return encoded !== undefined && isStoredAlone(encoded, depth) ? encoded : undefined;
}

function nodeAt({ node, skipped }: Place): TrieNode | undefined {
  return skipped === 0 ? node : undefined;
}

function waysOf({ node, skipped }: Place): number {
  if (node === undefined || node.kind === "leaf") return 0;
  return node.kind === "branch" ? node.occupied : 1 << node.nibbles[skipped]!;
}

function isSameItem(
  a: Uint8Array,
  aOffsets: Int32Array,
  b: Uint8Array,
  bOffsets: Int32Array,
  nibble: number,
): boolean {
  const aAt = aOffsets[nibble]!;
  const bAt = bOffsets[nibble]!;
  const size = aOffsets[nibble + 1]! - aAt;
  for (let index = 0; index < size; index++) if (a[aAt + index] !== b[bAt + index]) return false;
  return true;
}
