import type { PreparedWork } from "../algorithms/PowAlgorithm.ts";
import { isAtMost } from "./isAtMost.ts";

/** Nonces first + i · stride, modulo 2^64. */
interface NonceRow {
  readonly first: bigint;
  readonly stride: bigint;
}

/** Of the most significant 64 bits. */
const LIMIT_OFFSET = 24;

export interface SearchResult {
  readonly nonce: bigint | undefined;
  readonly hashCount: number;
}

/** @param target 32 bytes little-endian, from `targetToBytes` */
export function searchNonces(
  work: PreparedWork,
  target: Uint8Array,
  row: NonceRow,
  countMax: number,
): SearchResult {
  const { search } = work;
  return search === undefined
    ? searchDigests(work, target, row, countMax)
    : searchVectors(work, search, target, row, countMax);
}

/** Checks candidates with `digest`, which is an independent implementation. */
function searchVectors(
  work: PreparedWork,
  search: NonNullable<PreparedWork["search"]>,
  target: Uint8Array,
  { first, stride }: NonceRow,
  countMax: number,
): SearchResult {
  const limit = new DataView(target.buffer, target.byteOffset).getBigUint64(LIMIT_OFFSET, true);
  for (let count = 0; count < countMax; count++) {
    const start = BigInt.asUintN(64, first + BigInt(count) * stride);
    const index = search(start, stride, countMax - count, limit);
    count += index;
    if (count >= countMax) break;
    const nonce = BigInt.asUintN(64, start + BigInt(index) * stride);
    const digest = work.digest(Number(nonce & 0xffff_ffffn), Number(nonce >> 32n));
    if (isAtMost(digest, target)) return { nonce, hashCount: count + 1 };
  }
  return { nonce: undefined, hashCount: countMax };
}

function searchDigests(
  work: PreparedWork,
  target: Uint8Array,
  row: NonceRow,
  countMax: number,
): SearchResult {
  const strideLow = Number(row.stride & 0xffff_ffffn);
  const strideHigh = Number((row.stride >> 32n) & 0xffff_ffffn);
  let low = Number(row.first & 0xffff_ffffn);
  let high = Number((row.first >> 32n) & 0xffff_ffffn);
  for (let count = 1; count <= countMax; count++) {
    if (isAtMost(work.digest(low, high), target)) {
      return { nonce: (BigInt(high) << 32n) | BigInt(low), hashCount: count };
    }
    low += strideLow;
    high = (high + strideHigh + (low >= 2 ** 32 ? 1 : 0)) >>> 0;
    low >>>= 0;
  }
  return { nonce: undefined, hashCount: countMax };
}

/** Little-endian. */
export function targetToBytes(target: bigint): Uint8Array {
  return new Uint8Array(Buffer.from(target.toString(16).padStart(64, "0"), "hex")).reverse();
}
