import { bytesEqual, bytesToHex } from "@trellis/base";
import { keccak256 } from "@trellis/crypto";
import { storageErrors } from "../errors.ts";
import { decodeNode } from "./decodeNode.ts";
import { itemOffsets, itemSize } from "./encodeNode.ts";
import type { Branch, Extension, TrieNode } from "./node.ts";
import { appendToPath, nodeKey } from "./path.ts";

const HASH_HEADER = 0xa0;

export interface NodeReader {
  get(key: Uint8Array): Uint8Array | undefined;
}

export class NodeLoader {
  readonly owner: Uint8Array;
  readonly #reader: NodeReader;

  constructor(reader: NodeReader, owner: Uint8Array) {
    this.#reader = reader;
    this.owner = owner;
  }

  load(hash: Uint8Array, path: Uint8Array, depth: number): TrieNode {
    const encoded = this.#reader.get(nodeKey(this.owner, path, depth));
    if (encoded === undefined)
      throw storageErrors.STORE_CORRUPT({ reason: "not stored", ...this.#facts(hash, path, depth) });
    if (!bytesEqual(keccak256(encoded), hash)) {
      throw storageErrors.STORE_CORRUPT({
        reason: "hash differs from the parent's reference",
        ...this.#facts(hash, path, depth),
      });
    }
    return decodeNode(encoded, path, depth);
  }

  childOfBranch(branch: Branch, nibble: number, path: Uint8Array, depth: number): TrieNode | undefined {
    const child = branch.children[nibble];
    if (child !== undefined || (branch.occupied & (1 << nibble)) === 0) return child;
    const loaded = this.readChild(branch, nibble, path, depth);
    branch.children[nibble] = loaded;
    return loaded;
  }

  /** Does not keep the child in memory. */
  readChild(branch: Branch, nibble: number, path: Uint8Array, depth: number): TrieNode {
    const encoded = (branch.encoded ?? branch.base)!;
    const childPath = appendToPath(path, depth, Uint8Array.of(nibble));
    return this.#readReference(encoded, itemOffsets(encoded)[nibble]!, childPath, depth + 1);
  }

  childOfExtension(extension: Extension, path: Uint8Array, depth: number): Branch {
    extension.child ??= this.readExtended(extension, path, depth);
    return extension.child;
  }

  readExtended(extension: Extension, path: Uint8Array, depth: number): Branch {
    const encoded = extension.encoded!;
    const pathAt = encoded[0]! < 0xf8 ? 1 : encoded[0]! - 0xf7 + 1;
    const childPath = appendToPath(path, depth, extension.nibbles);
    const at = pathAt + itemSize(encoded, pathAt);
    const child = this.#readReference(encoded, at, childPath, depth + extension.nibbles.length);
    if (child.kind !== "branch")
      throw storageErrors.TRIE_PROOF_INVALID({ reason: "extension not followed by a branch" });
    return child;
  }

  #readReference(encoded: Uint8Array, at: number, path: Uint8Array, depth: number): TrieNode {
    const end = at + itemSize(encoded, at);
    if (encoded[at] === HASH_HEADER) return this.load(encoded.subarray(at + 1, end), path, depth);
    return decodeNode(encoded.subarray(at, end), path, depth);
  }

  #facts(hash: Uint8Array, path: Uint8Array, depth: number) {
    return {
      owner: bytesToHex(this.owner),
      path: bytesToHex(path).slice(0, depth + 2),
      hash: bytesToHex(hash),
    };
  }
}
