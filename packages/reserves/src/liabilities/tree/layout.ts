import { HASH_SIZE, SUM_SIZE } from "../verify/limits.ts";

// How the nodes of a tree lie in memory and on disk. The hash and the sums of a node stand together, in the order
// in which its parent's hash takes them in. Numbers are little-endian, as WebAssembly and typed arrays read them.

/** Records of either kind that a group holds: memory and file grow by groups. */
export const GROUP_RECORDS = 1024;
/** Marks a reference as one to a branch; without it, it is the number of a leaf. */
export const BRANCH_MARK = 0x8000_0000;

/** A leaf: top hash, sums, customer's hash, salt, position, and 4 bytes unused. */
export interface LeafLayout {
  /** Bytes of hash and sums. */
  readonly nodeSize: number;
  readonly customerAt: number;
  readonly saltAt: number;
  readonly positionAt: number;
  readonly size: number;
}

export function leafLayout(columns: number): LeafLayout {
  const nodeSize = HASH_SIZE + columns * SUM_SIZE;
  return {
    nodeSize,
    customerAt: nodeSize,
    saltAt: nodeSize + HASH_SIZE,
    positionAt: nodeSize + 2 * HASH_SIZE,
    size: nodeSize + 2 * HASH_SIZE + 8,
  };
}

/**
 * A branch of a sum tree, where two subtrees with customers meet: top hash, sums, references to its children, a
 * position below it, its level.
 */
export interface BranchLayout {
  readonly leftAt: number;
  readonly rightAt: number;
  readonly positionAt: number;
  readonly levelAt: number;
  readonly size: number;
}

export function branchLayout(columns: number): BranchLayout {
  const nodeSize = HASH_SIZE + columns * SUM_SIZE;
  return {
    leftAt: nodeSize,
    rightAt: nodeSize + 4,
    positionAt: nodeSize + 8,
    levelAt: nodeSize + 12,
    size: nodeSize + 16,
  };
}

export function readU32(bytes: Uint8Array, at: number): number {
  return (
    ((bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24)) >>>
    0
  );
}

export function writeU32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value;
  bytes[at + 1] = value >>> 8;
  bytes[at + 2] = value >>> 16;
  bytes[at + 3] = value >>> 24;
}
