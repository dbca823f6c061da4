import { HASH_SIZE, SUM_SIZE } from "../verify/limits.ts";

// Layout in memory and files. The hash and sums are adjacent, in preimage order. Numbers are little-endian.
// The top hash is the hash of the highest ancestor with the same customers.

/** Memory and files grow in groups of this size. */
export const GROUP_RECORDS = 1024;
export const BRANCH_MARK = 0x8000_0000;

/** Order: top hash, sums, customer hash, salt, position, 4 unused bytes. */
export interface LeafLayout {
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

/** Order: top hash, sums, child references, position of a descendant, level. */
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
