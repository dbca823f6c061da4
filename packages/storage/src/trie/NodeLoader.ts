import { bytesEqual, bytesToHex, concatBytes } from "@trellis/base";
import { keccak256 } from "@trellis/crypto";
import { storageErrors } from "../errors.ts";
import { decodeNode } from "./decodeNode.ts";
import type { BranchNode, ExtensionNode, LoadedNode, Nibbles, TrieNode } from "./node.ts";

/** Where stored nodes are read: by the trie's owner and the path from its root. */
export interface NodeReader {
  get(key: Uint8Array): Uint8Array | undefined;
}

/** The key of a node: the trie's owner (32 bytes, or none for the account trie), then a byte a nibble. */
export function nodeKey(owner: Uint8Array, path: Nibbles): Uint8Array {
  return concatBytes(owner, path);
}

/** Brings stored nodes into memory, and checks that each is the one that its parent names. */
export class NodeLoader {
  readonly owner: Uint8Array;
  readonly #reader: NodeReader;

  constructor(reader: NodeReader, owner: Uint8Array) {
    this.#reader = reader;
    this.owner = owner;
  }

  /** @throws TRIE_NODE_MISSING, TRIE_NODE_MISMATCH */
  load(node: TrieNode, path: Nibbles): LoadedNode {
    if (node.kind !== "stored") return node;
    const encoding = this.#reader.get(nodeKey(this.owner, path));
    const facts = { owner: bytesToHex(this.owner), path: bytesToHex(path), hash: bytesToHex(node.hash) };
    if (encoding === undefined) throw storageErrors.TRIE_NODE_MISSING(facts);
    if (!bytesEqual(keccak256(encoding), node.hash)) throw storageErrors.TRIE_NODE_MISMATCH(facts);
    return decodeNode(encoding);
  }

  /** The child, which stays in memory with its parent. */
  childOfBranch(node: BranchNode, nibble: number, path: Nibbles): LoadedNode | undefined {
    const child = node.children[nibble];
    if (child === undefined || child.kind !== "stored") return child;
    const loaded = this.load(child, path);
    node.children[nibble] = loaded;
    return loaded;
  }

  childOfExtension(node: ExtensionNode, path: Nibbles): LoadedNode {
    const loaded = this.load(node.child, path);
    node.child = loaded;
    return loaded;
  }
}
