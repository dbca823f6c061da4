import { storageErrors } from "../errors.ts";
import { itemSize } from "./encodeNode.ts";
import { Branch, Extension, Leaf, type TrieNode } from "./node.ts";
import { appendToPath, unpackNibbles } from "./path.ts";

const HASH_ITEM_SIZE = 33;
const HASH_HEADER = 0xa0;
const EMPTY_ITEM = 0x80;
const NODE_SIZE_MAX = 1 << 30;
const NO_NIBBLES = new Uint8Array(0);

/** Accepts only canonical encodings, also of inlined children. Do not change the bytes afterwards. [TRIE-2] */
export function decodeNode(encoded: Uint8Array, path: Uint8Array, depth: number): TrieNode {
  const { start, end } = listIn(encoded, 0, encoded.length);
  if (end !== encoded.length) throw malformed(encoded, "more bytes than the node has");
  const count = countItems(encoded, start, end);
  if (count === 17) return decodeBranch(encoded, start, end, path, depth);
  if (count === 2) return decodeShort(encoded, start, end, path, depth);
  throw malformed(encoded, `${count} items`);
}

function countItems(encoded: Uint8Array, start: number, end: number): number {
  let count = 0;
  let at = start;
  for (; at < end; count++) {
    if (encoded[at] === EMPTY_ITEM) at++;
    else if (encoded[at] === HASH_HEADER) at += HASH_ITEM_SIZE;
    else at = itemIn(encoded, at, end).end;
  }
  if (at !== end) throw malformed(encoded, "it ends too early");
  return count;
}

function decodeBranch(
  encoded: Uint8Array,
  start: number,
  end: number,
  path: Uint8Array,
  depth: number,
): Branch {
  let occupied = 0;
  let at = start;
  for (let nibble = 0; nibble < 16; nibble++) {
    if (encoded[at] === EMPTY_ITEM) {
      at++;
      continue;
    }
    occupied |= 1 << nibble;
    if (encoded[at] === HASH_HEADER) at += HASH_ITEM_SIZE;
    else {
      const item = itemIn(encoded, at, end);
      checkInner(encoded, at, item, appendToPath(path, depth, Uint8Array.of(nibble)), depth + 1);
      at = item.end;
    }
  }
  const value = itemIn(encoded, at, end);
  if (value.isList) throw malformed(encoded, "a value that is a list");
  const hasValue = value.start < value.end;
  if (hasValue && (depth & 1) === 1) throw malformed(encoded, "a value where no key ends");
  if ((occupied & (occupied - 1)) === 0 && !(hasValue && occupied !== 0)) {
    throw malformed(encoded, "a branch with less than two ways");
  }
  const branch = new Branch(
    new Array(16).fill(undefined),
    occupied,
    hasValue ? encoded.subarray(value.start, value.end) : undefined,
    undefined,
    0,
  );
  branch.encoded = encoded;
  return branch;
}

/** Yellow paper, appendix C. */
function decodeShort(
  encoded: Uint8Array,
  start: number,
  end: number,
  path: Uint8Array,
  depth: number,
): Leaf | Extension {
  const prefixed = itemIn(encoded, start, end);
  const content = itemIn(encoded, prefixed.end, end);
  const flag = prefixed.isList || prefixed.start === prefixed.end ? 0xff : encoded[prefixed.start]!;
  const isOdd = (flag & 0x10) !== 0;
  if (flag > 0x3f || (!isOdd && (flag & 0x0f) !== 0)) throw malformed(encoded, "a path without a valid flag");
  const packed = encoded.subarray(prefixed.start, prefixed.end);
  const nibbles =
    packed.length === 1 && !isOdd ? NO_NIBBLES : unpackNibbles(packed, isOdd ? 1 : 2, packed.length * 2);
  if ((flag & 0x20) !== 0) {
    if (content.isList || content.start === content.end) throw malformed(encoded, "a leaf without a value");
    if (((depth + nibbles.length) & 1) === 1) throw malformed(encoded, "half a byte in a key");
    return new Leaf(appendToPath(path, depth, nibbles), encoded.subarray(content.start, content.end));
  }
  if (nibbles.length === 0) throw malformed(encoded, "an extension without a path");
  const childPath = appendToPath(path, depth, nibbles);
  if (encoded[prefixed.end] === HASH_HEADER) return new Extension(nibbles, undefined, encoded);
  const child = checkInner(encoded, prefixed.end, content, childPath, depth + nibbles.length);
  if (child.kind !== "branch") throw malformed(encoded, "extension not followed by a branch");
  return new Extension(nibbles, child, encoded);
}

function checkInner(encoded: Uint8Array, at: number, item: Item, path: Uint8Array, depth: number): TrieNode {
  if (!item.isList) throw malformed(encoded, "a reference that is not a hash");
  if (item.end - at >= HASH_ITEM_SIZE - 1) throw malformed(encoded, "a large node inside another");
  return decodeNode(encoded.subarray(at, item.end), path, depth);
}

interface Item {
  readonly isList: boolean;
  readonly start: number;
  readonly end: number;
}

function listIn(encoded: Uint8Array, at: number, end: number): Item {
  const item = itemIn(encoded, at, end);
  if (!item.isList) throw malformed(encoded, "not a list");
  return item;
}

function itemIn(encoded: Uint8Array, at: number, end: number): Item {
  if (at >= end) throw malformed(encoded, "it ends too early");
  const first = encoded[at]!;
  if (first < 0x80) return { isList: false, start: at, end: at + 1 };
  const isList = first >= 0xc0;
  const isLong = first > (isList ? 0xf7 : 0xb7);
  const headerSize = isLong ? 1 + first - (isList ? 0xf7 : 0xb7) : 1;
  if (at + headerSize > end) throw malformed(encoded, "it ends too early");
  const size = itemSize(encoded, at);
  if (size > NODE_SIZE_MAX || at + size > end) throw malformed(encoded, "it ends too early");
  const isPadded = isLong && (encoded[at + 1] === 0 || size - headerSize < 56);
  const isByte = first === 0x81 && encoded[at + 1]! < 0x80;
  if (isPadded || isByte) throw malformed(encoded, "not the shortest form");
  return { isList, start: at + headerSize, end: at + size };
}

function malformed(encoded: Uint8Array, reason: string) {
  return storageErrors.TRIE_PROOF_INVALID({ reason, size: encoded.length });
}
