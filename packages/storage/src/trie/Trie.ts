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

/** What of a trie's storage changes when it becomes the stored version. */
export interface TrieWrites {
  /** Keys are `nodeKey`s; none occurs twice. */
  readonly operations: readonly NodeWrite[];
}

/** What all versions of one trie have in common. */
interface Versions {
  readonly loader: NodeLoader;
  /** The version that is stored when all that `commit` gave is stored. */
  committed: Root;
}

/** A version's root node: in memory, or the hash under which it is stored; undefined when the trie is empty. */
interface Root {
  node: TrieNode | undefined;
  hash: Uint8Array | undefined;
  /** Stored as it is, or it was before a later version was. */
  isCommitted: boolean;
}

const NO_PATH = new Uint8Array(0);

/**
 * A Merkle-Patricia trie (Ethereum yellow paper, appendix D) that never changes: `with` gives a new version that
 * shares what is equal. Keys are of any length, and a version costs memory for what it changed.
 *
 * Of all versions one is stored, each node under its path. The others are in memory above it: what they have not in
 * memory is what the stored version has at that path. It stays so because a version is only derived from one that it
 * shares these nodes with, because nodes that are not in memory never move, and because versions are stored in the
 * order in which they were derived. A version that was derived beside a stored one is given up; reading what it has
 * not in memory may then end in STORE_CORRUPT, and never in a wrong value.
 * [TRIE-1] [TRIE-4]
 */
export class Trie {
  readonly #versions: Versions;
  readonly #root: Root;

  private constructor(versions: Versions, root: Root) {
    this.#versions = versions;
    this.#root = root;
  }

  /**
   * A trie of which nothing is stored.
   * @param owner bytes that tell the tries in one reader apart: 32 for each, or none for one of them
   */
  static empty(reader: NodeReader, owner: Uint8Array): Trie {
    return Trie.load(EMPTY_TRIE_ROOT, reader, owner);
  }

  /** The stored trie of that root. Nodes are read when they are needed. */
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

  /** The bytes are the trie's own and must not be changed. */
  get(key: Uint8Array): Uint8Array | undefined {
    let value: Uint8Array | undefined;
    this.#walk(key, (node, depth) => {
      if (node.kind === "leaf" && bytesEqual(node.key, key)) value = node.value;
      if (node.kind === "branch" && depth === key.length * 2) value = node.value;
    });
    return value;
  }

  /**
   * The version with some values set, or removed by null. Of two changes of a key the later counts. The arrays must
   * not be changed afterwards.
   * @throws ARGUMENT_INVALID
   */
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

  /** The version without any keys. */
  cleared(): Trie {
    return new Trie(this.#versions, { node: undefined, hash: undefined, isCommitted: false });
  }

  /**
   * Makes this the stored version: gives what of the storage changes from the version committed before, or loaded.
   * The caller stores the operations of successive commits in order, and has no other way back than loading again.
   */
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
   * Lets go of the nodes deeper than `depth` nibbles; they are read again when they are needed. Only for a version
   * whose commit is stored. [TRIE-5]
   * @throws ARGUMENT_INVALID
   */
  unload(depth: number): void {
    if (!this.#root.isCommitted)
      throw baseErrors.ARGUMENT_INVALID({ rule: "only a committed trie is unloaded", root: this.rootHash() });
    if (this.#root.node !== undefined) unloadBelow(this.#root.node, depth);
  }

  /** The nodes from the root to the key, or to where it would be (EIP-1186). None for an empty trie. */
  prove(key: Uint8Array): Uint8Array[] {
    this.rootHash();
    const proof: Uint8Array[] = [];
    this.#walk(key, (node, depth) => {
      const encoded = encodeNode(node, depth);
      if (isStoredAlone(encoded, depth)) proof.push(encoded);
    });
    return proof;
  }

  /** Keys and values in order, beginning at the first key that is not before `from`. */
  *entries(from: Uint8Array = NO_PATH): Generator<readonly [key: Uint8Array, value: Uint8Array]> {
    const root = this.#loadRoot();
    if (root !== undefined) yield* entriesOf(this.#versions.loader, root, NO_PATH, 0, from);
  }

  /** Visits the nodes on the way of a key, as far as it goes. */
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
