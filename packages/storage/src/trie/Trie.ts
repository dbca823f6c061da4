import { baseErrors, bytesEqual, bytesToHex, type Hex, hexToBytes } from "@trellis/base";
import { keccak256 } from "@trellis/crypto";
import { EMPTY_TRIE_ROOT } from "@trellis/protocol";
import { collectWrites, type NodeWrite } from "./collectWrites.ts";
import { encodeNode, isStoredAlone } from "./encodeNode.ts";
import { entriesOf } from "./entriesOf.ts";
import { NodeLoader, type NodeReader } from "./NodeLoader.ts";
import type { TrieNode } from "./node.ts";
import { nibbleAt, sharedWithNibbles } from "./path.ts";
import { TrieUpdate } from "./TrieUpdate.ts";
import { unloadBelow } from "./unloadBelow.ts";

export type TrieChange = readonly [key: Uint8Array, value: Uint8Array | null];

interface TrieWrites {
  /** At most one operation per key. */
  readonly operations: readonly NodeWrite[];
}

interface Versions {
  readonly loader: NodeLoader;
  /** Version whose writes were returned by the last `commit`. */
  committed: Root;
}

/** `node` is in memory; `hash` refers to a stored node. An empty trie has neither. */
interface Root {
  node: TrieNode | undefined;
  hash: Uint8Array | undefined;
  isCommitted: boolean;
}

const NO_PATH = new Uint8Array(0);

/**
 * Immutable Merkle-Patricia trie (yellow paper, appendix D) with keys of any length. Versions share unchanged
 * nodes.
 * One version is stored; all others read missing nodes from the store by path. Commit versions in derivation
 * order. Drop versions that branch off before the stored one: they can throw STORE_CORRUPT, but never return
 * a wrong value. [TRIE-1] [TRIE-4]
 */
export class Trie {
  readonly #versions: Versions;
  readonly #root: Root;

  private constructor(versions: Versions, root: Root) {
    this.#versions = versions;
    this.#root = root;
  }

  /** @param owner 32-byte key prefix; one trie may have an empty owner */
  static empty(reader: NodeReader, owner: Uint8Array): Trie {
    return Trie.load(EMPTY_TRIE_ROOT, reader, owner);
  }

  static load(rootHash: Hex, reader: NodeReader, owner: Uint8Array): Trie {
    const hash = rootHash === EMPTY_TRIE_ROOT ? undefined : hexToBytes(rootHash);
    const root = { node: undefined, hash, isCommitted: true };
    return new Trie({ loader: new NodeLoader(reader, owner), committed: root }, root);
  }

  rootHash(): Hex {
    const root = this.#root;
    if (root.hash === undefined && root.node !== undefined) root.hash = keccak256(encodeNode(root.node, 0));
    return root.hash === undefined ? EMPTY_TRIE_ROOT : bytesToHex(root.hash);
  }

  get isEmpty(): boolean {
    return this.#root.node === undefined && this.#root.hash === undefined;
  }

  /** Do not change the returned bytes. */
  get(key: Uint8Array): Uint8Array | undefined {
    let value: Uint8Array | undefined;
    this.#walk(key, (node, depth) => {
      if (node.kind === "leaf" && bytesEqual(node.key, key)) value = node.value;
      if (node.kind === "branch" && depth === key.length * 2) value = node.value;
    });
    return value;
  }

  /** Null removes a key. The last change of a key wins. Do not change keys or values later. @throws ARGUMENT_INVALID */
  with(changes: Iterable<TrieChange>): Trie {
    const update = new TrieUpdate(this.#versions.loader);
    for (const [key, value] of changes) {
      if (value?.length === 0)
        throw baseErrors.ARGUMENT_INVALID({
          rule: "no value is empty: null removes a key",
          key: bytesToHex(key),
        });
      update.add(key, value);
    }
    if (update.count === 0) return this;
    const before = this.#loadRoot();
    const node = update.apply(before);
    return node === before ? this : new Trie(this.#versions, { node, hash: undefined, isCommitted: false });
  }

  cleared(): Trie {
    return new Trie(this.#versions, { node: undefined, hash: undefined, isCommitted: false });
  }

  /** Store the writes in commit order. To return to an earlier version, call `load`. */
  commit(): TrieWrites {
    const { loader, committed } = this.#versions;
    if (committed === this.#root) return { operations: [] };
    this.rootHash();
    this.#versions.committed = this.#root;
    this.#root.isCommitted = true;
    if (committed.hash !== undefined && this.#root.hash !== undefined) {
      if (bytesEqual(committed.hash, this.#root.hash)) return { operations: [] };
    }
    return { operations: collectWrites(loader, loadRoot(loader, committed), this.#loadRoot()) };
  }

  /**
   * Nodes below `depth` are loaded again on demand. Call only after the commit's writes are stored. [TRIE-5]
   * @throws ARGUMENT_INVALID
   */
  unload(depth: number): void {
    if (!this.#root.isCommitted)
      throw baseErrors.ARGUMENT_INVALID({ rule: "only a committed trie is unloaded", root: this.rootHash() });
    if (this.#root.node !== undefined) unloadBelow(this.#root.node, depth);
  }

  /** EIP-1186 proof. An empty trie has an empty proof. */
  prove(key: Uint8Array): Uint8Array[] {
    this.rootHash();
    const proof: Uint8Array[] = [];
    this.#walk(key, (node, depth) => {
      const encoded = encodeNode(node, depth);
      if (isStoredAlone(encoded, depth)) proof.push(encoded);
    });
    return proof;
  }

  /** Starts at the first key ≥ `from`. */
  *entries(from: Uint8Array = NO_PATH): Generator<readonly [key: Uint8Array, value: Uint8Array]> {
    const root = this.#loadRoot();
    if (root !== undefined) yield* entriesOf(this.#versions.loader, root, NO_PATH, 0, from);
  }

  #walk(key: Uint8Array, visit: (node: TrieNode, depth: number) => void): void {
    const { loader } = this.#versions;
    let node = this.#loadRoot();
    for (let depth = 0; node !== undefined; ) {
      visit(node, depth);
      if (node.kind === "leaf") return;
      if (node.kind === "extension") {
        const { nibbles } = node;
        if (sharedWithNibbles(key, depth, nibbles) < nibbles.length) return;
        node = loader.childOfExtension(node, key, depth);
        depth += nibbles.length;
      } else {
        if (depth === key.length * 2) return;
        node = loader.childOfBranch(node, nibbleAt(key, depth), key, depth);
        depth++;
      }
    }
  }

  #loadRoot(): TrieNode | undefined {
    return loadRoot(this.#versions.loader, this.#root);
  }
}

function loadRoot(loader: NodeLoader, root: Root): TrieNode | undefined {
  if (root.hash !== undefined) root.node ??= loader.load(root.hash, NO_PATH, 0);
  return root.node;
}
