import { decodeRlp, type RlpItem } from "@trellis/protocol";
import { storageErrors } from "../errors.ts";
import {
  type BranchNode,
  branch,
  bytesToNibbles,
  extension,
  type LoadedNode,
  leaf,
  type TrieNode,
} from "./node.ts";

/**
 * Reads a node. Its children are hashes, or small nodes that stand inside it.
 * @throws TRIE_NODE_MALFORMED
 */
export function decodeNode(encoding: Uint8Array): LoadedNode {
  let item: RlpItem;
  try {
    item = decodeRlp(encoding);
  } catch (cause) {
    throw storageErrors.TRIE_NODE_MALFORMED({ size: encoding.length }, cause);
  }
  return nodeOf(item);
}

function nodeOf(item: RlpItem): LoadedNode {
  if (item instanceof Uint8Array) throw storageErrors.TRIE_NODE_MALFORMED({ reason: "not a list" });
  if (item.length === 17) return branchOf(item);
  if (item.length === 2) return shortOf(item[0]!, item[1]!);
  throw storageErrors.TRIE_NODE_MALFORMED({ items: item.length });
}

function branchOf(items: readonly RlpItem[]): BranchNode {
  const value = items[16]!;
  if (!(value instanceof Uint8Array)) throw storageErrors.TRIE_NODE_MALFORMED({ reason: "value is a list" });
  const children = items.slice(0, 16).map((child) => (child.length === 0 ? undefined : childOf(child)));
  return stored(branch(children, value.length === 0 ? undefined : value));
}

function shortOf(prefixed: RlpItem, content: RlpItem): LoadedNode {
  if (!(prefixed instanceof Uint8Array) || prefixed.length === 0 || prefixed[0]! > 0x3f) {
    throw storageErrors.TRIE_NODE_MALFORMED({ reason: "path without a valid prefix" });
  }
  const nibbles = bytesToNibbles(prefixed);
  const isOdd = (nibbles[0]! & 1) === 1;
  if (!isOdd && nibbles[1] !== 0)
    throw storageErrors.TRIE_NODE_MALFORMED({ reason: "path padding is not zero" });
  const path = nibbles.slice(isOdd ? 1 : 2);
  if (nibbles[0]! >= 2) {
    if (!(content instanceof Uint8Array))
      throw storageErrors.TRIE_NODE_MALFORMED({ reason: "value is a list" });
    return stored(leaf(path, content));
  }
  if (path.length === 0) throw storageErrors.TRIE_NODE_MALFORMED({ reason: "extension without a path" });
  return stored(extension(path, childOf(content)));
}

function childOf(item: RlpItem): TrieNode {
  if (!(item instanceof Uint8Array)) return nodeOf(item);
  if (item.length !== 32) throw storageErrors.TRIE_NODE_MALFORMED({ referenceSize: item.length });
  return { kind: "stored", hash: item };
}

function stored<T extends LoadedNode>(node: T): T {
  node.isStored = true;
  return node;
}
