import { concatBytes } from "@trellis/base";
import { keccak256 } from "@trellis/crypto";
import type { LoadedNode, Nibbles, TrieNode } from "./node.ts";

/** A hash behind its RLP header. */
const HASH_REFERENCE_SIZE = 33;
const EMPTY_STRING = Uint8Array.of(0x80);

/** RLP of a node (Ethereum yellow paper, appendix D). Computed once. */
export function encodeNode(node: LoadedNode): Uint8Array {
  node.encoding ??= encode(node);
  return node.encoding;
}

/** How a parent writes a node: nodes shorter than a hash stand inside it. */
export function referenceOf(node: TrieNode): Uint8Array {
  if (node.kind === "stored") return hashReference(node.hash);
  if (node.reference === undefined) {
    const encoding = encodeNode(node);
    node.reference = encoding.length < 32 ? encoding : hashReference(keccak256(encoding));
    // The encoding is only needed again to store the node, or to prove.
    if (node.isStored) node.encoding = undefined;
  }
  return node.reference;
}

/** True if parents hold the node's hash and not the node. */
export function isHashed(node: TrieNode): boolean {
  return referenceOf(node).length === HASH_REFERENCE_SIZE;
}

export function hashOf(node: LoadedNode): Uint8Array {
  const reference = referenceOf(node);
  return reference.length === HASH_REFERENCE_SIZE ? reference.subarray(1) : keccak256(encodeNode(node));
}

function encode(node: LoadedNode): Uint8Array {
  if (node.kind === "leaf") return listOf([compactPath(node.path, true), rlpBytes(node.value)]);
  if (node.kind === "extension") return listOf([compactPath(node.path, false), referenceOf(node.child)]);
  const items = node.children.map((child) => (child === undefined ? EMPTY_STRING : referenceOf(child)));
  items.push(node.value === undefined ? EMPTY_STRING : rlpBytes(node.value));
  return listOf(items);
}

function hashReference(hash: Uint8Array): Uint8Array {
  const reference = new Uint8Array(HASH_REFERENCE_SIZE);
  reference[0] = 0xa0;
  reference.set(hash, 1);
  return reference;
}

/** Hex-prefix encoding, as an RLP string. */
function compactPath(path: Nibbles, isLeaf: boolean): Uint8Array {
  const isOdd = path.length % 2 === 1;
  const bytes = new Uint8Array((path.length >> 1) + 1);
  bytes[0] = (isLeaf ? 0x20 : 0) + (isOdd ? 0x10 + path[0]! : 0);
  for (let index = isOdd ? 1 : 0, at = 1; index < path.length; index += 2) {
    bytes[at++] = (path[index]! << 4) | path[index + 1]!;
  }
  return rlpBytes(bytes);
}

function rlpBytes(bytes: Uint8Array): Uint8Array {
  if (bytes.length === 1 && bytes[0]! < 0x80) return bytes;
  return concatBytes(header(0x80, bytes.length), bytes);
}

function listOf(items: readonly Uint8Array[]): Uint8Array {
  let size = 0;
  for (const item of items) size += item.length;
  return concatBytes(header(0xc0, size), ...items);
}

function header(base: number, size: number): Uint8Array {
  if (size < 56) return Uint8Array.of(base + size);
  const bytes: number[] = [];
  for (let rest = size; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return Uint8Array.of(base + 55 + bytes.length, ...bytes);
}
