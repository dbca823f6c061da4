import { bytesToHex, hexToBytes } from "@trellis/base";
import { keccak256 } from "@trellis/crypto";
import type { Hash } from "../words.ts";

/** RFC 6962, section 2.1. */
const LEAF_PREFIX = 0;
const NODE_PREFIX = 1;

export function leafHash(leaf: Hash): Hash {
  return bytesToHex(hashLeaf(hexToBytes(leaf)));
}

export function nodeHash(left: Hash, right: Hash): Hash {
  return bytesToHex(hashNode(hexToBytes(left), hexToBytes(right)));
}

/** RFC 6962 with keccak256. */
export function merkleRoot(leaves: readonly Hash[]): Hash {
  if (leaves.length === 0) return bytesToHex(keccak256(new Uint8Array(0)));
  return bytesToHex(subtreeRoot(leaves, 0, leaves.length));
}

function subtreeRoot(leaves: readonly Hash[], start: number, end: number): Uint8Array {
  const count = end - start;
  if (count === 1) return hashLeaf(hexToBytes(leaves[start]!));
  const leftCount = 2 ** Math.floor(Math.log2(count - 1));
  return hashNode(subtreeRoot(leaves, start, start + leftCount), subtreeRoot(leaves, start + leftCount, end));
}

function hashLeaf(leaf: Uint8Array): Uint8Array {
  const preimage = new Uint8Array(33);
  preimage[0] = LEAF_PREFIX;
  preimage.set(leaf, 1);
  return keccak256(preimage);
}

function hashNode(left: Uint8Array, right: Uint8Array): Uint8Array {
  const preimage = new Uint8Array(65);
  preimage[0] = NODE_PREFIX;
  preimage.set(left, 1);
  preimage.set(right, 33);
  return keccak256(preimage);
}
