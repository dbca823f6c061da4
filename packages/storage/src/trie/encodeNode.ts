import { keccak256 } from "@trellis/crypto";
import { allocate } from "./allocate.ts";
import type { Branch, Extension, Leaf, TrieNode } from "./node.ts";
import { nibbleAt } from "./path.ts";

const HASH_ITEM_SIZE = 33;
const HASH_HEADER = 0xa0;
/** Bytes. Nodes with shorter encodings are inlined into their parent. */
const HASH_SIZE = 32;
const EMPTY_ITEM = 0x80;
const LEAF_HEADERS_MAX = 16;
/** Offsets of a branch's 17 items and of its end. */
export const BRANCH_OFFSETS = 18;

let scratch = new Uint8Array(1024);
const offsets = new Int32Array(BRANCH_OFFSETS);

/** Yellow paper, appendix D. */
export function encodeNode(node: TrieNode, depth: number): Uint8Array {
  if (node.kind === "leaf") return encodeLeaf(node, depth);
  node.encoded ??= node.kind === "branch" ? encodeBranch(node, depth) : encodeExtension(node, depth);
  return node.encoded;
}

/** Even a short root is stored. */
export function isStoredAlone(encoded: Uint8Array, depth: number): boolean {
  return depth === 0 || encoded.length >= HASH_SIZE;
}

/** The next call overwrites the default target. */
export function itemOffsets(encoded: Uint8Array, target: Int32Array = offsets): Int32Array {
  let at = encoded[0]! < 0xf8 ? 1 : encoded[0]! - 0xf7 + 1;
  for (let index = 0; index < 17; index++) {
    target[index] = at;
    at += itemSize(encoded, at);
  }
  target[17] = at;
  return target;
}

export function itemSize(encoded: Uint8Array, at: number): number {
  const first = encoded[at]!;
  if (first < 0x80) return 1;
  const base = first < 0xc0 ? 0x80 : 0xc0;
  if (first <= base + 55) return 1 + first - base;
  const lengthSize = first - base - 55;
  let length = 0;
  for (let index = 1; index <= lengthSize; index++) length = length * 256 + encoded[at + index]!;
  return 1 + lengthSize + length;
}

export function itemOfExtended({ encoded }: Extension): Uint8Array {
  const pathAt = encoded![0]! < 0xf8 ? 1 : encoded![0]! - 0xf7 + 1;
  return encoded!.subarray(pathAt + itemSize(encoded!, pathAt));
}

function referenceTo(node: TrieNode, depth: number): Uint8Array {
  if (node.kind !== "leaf") {
    const encoded = encodeNode(node, depth);
    return encoded.length < HASH_SIZE ? encoded : keccak256(encoded);
  }
  if (node.key.length + node.value.length + LEAF_HEADERS_MAX > scratch.length) {
    scratch = new Uint8Array(2 * (node.key.length + node.value.length + LEAF_HEADERS_MAX));
  }
  const size = writeLeaf(scratch, node, depth);
  return size < HASH_SIZE ? scratch.slice(0, size) : keccak256(scratch.subarray(0, size));
}

function encodeBranch(branch: Branch, depth: number): Uint8Array {
  const references: (Uint8Array | undefined)[] = [];
  for (let nibble = 0; nibble < 16; nibble++) {
    if ((branch.changed & (1 << nibble)) === 0) continue;
    const child = branch.children[nibble];
    references[nibble] = child === undefined ? undefined : referenceTo(child, depth + 1);
  }
  const encoded = patchBase(branch, references) ?? composeBranch(branch, references);
  branch.base = undefined;
  branch.changed = 0;
  return encoded;
}

/** Undefined if `base` cannot be patched, as when an item's size changes. */
function patchBase(branch: Branch, references: readonly (Uint8Array | undefined)[]): Uint8Array | undefined {
  const { base, changed, value } = branch;
  if (base === undefined || value !== undefined || base[base.length - 1] !== EMPTY_ITEM) return undefined;
  const at = itemOffsets(base);
  if (at[17]! - at[16]! !== 1) return undefined;
  for (let nibble = 0; nibble < 16; nibble++) {
    if ((changed & (1 << nibble)) === 0) continue;
    if (references[nibble]?.length !== HASH_SIZE || base[at[nibble]!] !== HASH_HEADER) return undefined;
  }
  const patched = allocate(base.length);
  patched.set(base);
  for (let nibble = 0; nibble < 16; nibble++) {
    if ((changed & (1 << nibble)) !== 0) patched.set(references[nibble]!, at[nibble]! + 1);
  }
  return patched;
}

function composeBranch(branch: Branch, references: readonly (Uint8Array | undefined)[]): Uint8Array {
  const { base, changed, value } = branch;
  const at = base === undefined ? undefined : itemOffsets(base);
  let size = value === undefined ? 1 : stringSize(value);
  for (let nibble = 0; nibble < 16; nibble++) {
    const isChanged = at === undefined || (changed & (1 << nibble)) !== 0;
    size += isChanged ? referenceSize(references[nibble]) : at[nibble + 1]! - at[nibble]!;
  }
  const encoded = allocate(headerSize(size) + size);
  let to = writeHeader(encoded, 0, 0xc0, size);
  for (let nibble = 0; nibble < 16; nibble++) {
    const isChanged = at === undefined || (changed & (1 << nibble)) !== 0;
    if (isChanged) to = writeReference(encoded, to, references[nibble]);
    else {
      encoded.set(base!.subarray(at[nibble]!, at[nibble + 1]!), to);
      to += at[nibble + 1]! - at[nibble]!;
    }
  }
  if (value === undefined) encoded[to] = EMPTY_ITEM;
  else writeString(encoded, to, value);
  return encoded;
}

function encodeExtension(extension: Extension, depth: number): Uint8Array {
  const { nibbles, child } = extension;
  const reference = referenceTo(child!, depth + nibbles.length);
  const pathSize = (nibbles.length >> 1) + 1;
  const size = (pathSize === 1 ? 1 : pathSize + 1) + referenceSize(reference);
  const encoded = new Uint8Array(headerSize(size) + size);
  let to = writeHeader(encoded, 0, 0xc0, size);
  if (pathSize > 1) encoded[to++] = 0x80 + pathSize;
  const isOdd = (nibbles.length & 1) === 1;
  encoded[to++] = isOdd ? 0x10 | nibbles[0]! : 0;
  for (let index = isOdd ? 1 : 0; index < nibbles.length; index += 2) {
    encoded[to++] = (nibbles[index]! << 4) | nibbles[index + 1]!;
  }
  writeReference(encoded, to, reference);
  return encoded;
}

function encodeLeaf(leaf: Leaf, depth: number): Uint8Array {
  const size = leafContentSize(leaf, depth);
  const encoded = new Uint8Array(headerSize(size) + size);
  writeLeaf(encoded, leaf, depth);
  return encoded;
}

function leafContentSize({ key, value }: Leaf, depth: number): number {
  const pathSize = key.length - ((depth + 1) >> 1) + 1;
  return (pathSize === 1 ? 1 : headerSize(pathSize) + pathSize) + stringSize(value);
}

function writeLeaf(target: Uint8Array, leaf: Leaf, depth: number): number {
  const { key, value } = leaf;
  const pathSize = key.length - ((depth + 1) >> 1) + 1;
  let to = writeHeader(target, 0, 0xc0, leafContentSize(leaf, depth));
  if (pathSize > 1) to = writeHeader(target, to, 0x80, pathSize);
  target[to++] = (depth & 1) === 1 ? 0x30 | nibbleAt(key, depth) : 0x20;
  for (let index = (depth + 1) >> 1; index < key.length; index++) target[to++] = key[index]!;
  return writeString(target, to, value);
}

function referenceSize(reference: Uint8Array | undefined): number {
  if (reference === undefined) return 1;
  return reference.length === HASH_SIZE ? HASH_ITEM_SIZE : reference.length;
}

function writeReference(target: Uint8Array, at: number, reference: Uint8Array | undefined): number {
  if (reference === undefined) {
    target[at] = EMPTY_ITEM;
    return at + 1;
  }
  let to = at;
  if (reference.length === HASH_SIZE) target[to++] = HASH_HEADER;
  target.set(reference, to);
  return to + reference.length;
}

function stringSize(bytes: Uint8Array): number {
  if (bytes.length === 1 && bytes[0]! < 0x80) return 1;
  return headerSize(bytes.length) + bytes.length;
}

function writeString(target: Uint8Array, at: number, bytes: Uint8Array): number {
  let to = at;
  if (bytes.length !== 1 || bytes[0]! >= 0x80) to = writeHeader(target, at, 0x80, bytes.length);
  target.set(bytes, to);
  return to + bytes.length;
}

function headerSize(size: number): number {
  if (size < 56) return 1;
  if (size < 0x100) return 2;
  if (size < 0x10000) return 3;
  return size < 0x1000000 ? 4 : 5;
}

function writeHeader(target: Uint8Array, at: number, base: number, size: number): number {
  const header = headerSize(size);
  if (header === 1) {
    target[at] = base + size;
    return at + 1;
  }
  target[at] = base + 55 + header - 1;
  for (let index = header - 1, rest = size; index > 0; index--, rest = Math.floor(rest / 256)) {
    target[at + index] = rest & 0xff;
  }
  return at + header;
}
