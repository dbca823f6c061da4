import { bytesToHex, concatBytes, hexToBytes } from "@trellis/base";
import { keccak256 } from "@trellis/crypto";
import type { Hash } from "../words.ts";

/** Leaves and nodes are hashed apart, so that neither can pass for the other (RFC 6962, section 2.1). */
const LEAF_PREFIX = Uint8Array.of(0);
const NODE_PREFIX = Uint8Array.of(1);

export function leafHash(leaf: Hash): Hash {
  return bytesToHex(keccak256(concatBytes(LEAF_PREFIX, hexToBytes(leaf))));
}

export function nodeHash(left: Hash, right: Hash): Hash {
  return bytesToHex(keccak256(concatBytes(NODE_PREFIX, hexToBytes(left), hexToBytes(right))));
}

/** RFC 6962's tree over hashes, with keccak256: the left subtree is the greatest full one. No leaves: keccak256(""). */
export function merkleRoot(leaves: readonly Hash[]): Hash {
  if (leaves.length === 0) return bytesToHex(keccak256(new Uint8Array(0)));
  return subtreeRoot(leaves, 0, leaves.length);
}

function subtreeRoot(leaves: readonly Hash[], start: number, end: number): Hash {
  const count = end - start;
  if (count === 1) return leafHash(leaves[start]!);
  const leftCount = 2 ** Math.floor(Math.log2(count - 1));
  return nodeHash(subtreeRoot(leaves, start, start + leftCount), subtreeRoot(leaves, start + leftCount, end));
}
