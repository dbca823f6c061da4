import { bytesToHex, digitsToBytes } from "./hex.ts";

export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  let size = 0;
  for (const part of parts) size += part.length;
  const joined = new Uint8Array(size);
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

export function bytesEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && compareBytes(a, b) === 0;
}

export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const size = Math.min(a.length, b.length);
  for (let index = 0; index < size; index++) {
    const difference = a[index]! - b[index]!;
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** Big-endian, padded with zeros. */
export function bigintToBytes(value: bigint, size: number): Uint8Array {
  if (size <= WORD_BYTES && isWord(value)) {
    word.fill(0);
    if (WORD_BYTES - putBigint(value, wordView, WORD_BYTES) <= size) return word.slice(WORD_BYTES - size);
  }
  return digitsToBytes(value.toString(16).padStart(size * 2, "0"));
}

/** Big-endian without leading zeros. Zero becomes an empty array. */
export function bigintToMinimalBytes(value: bigint): Uint8Array {
  if (isWord(value)) return word.slice(putBigint(value, wordView, WORD_BYTES));
  const hex = value.toString(16);
  return digitsToBytes(hex.padStart(hex.length + (hex.length & 1), "0"));
}

/**
 * Writes whole 64-bit words, big-endian, the last one before `end`. Twice as fast as hexadecimal digits.
 * @param value zero or more
 * @returns index of the first byte that is not zero, or `end`
 */
export function putBigint(value: bigint, view: DataView, end: number): number {
  let start = end - 8;
  let rest = value;
  for (; rest > UINT64_MAX; rest >>= 64n) {
    view.setBigUint64(start, BigInt.asUintN(64, rest));
    start -= 8;
  }
  view.setBigUint64(start, rest);
  while (start < end && view.getUint8(start) === 0) start++;
  return start;
}

const UINT64_MAX = (1n << 64n) - 1n;
const WORD_BYTES = 32;
const WORD_MAX = (1n << 256n) - 1n;
const word = new Uint8Array(WORD_BYTES);
const wordView = new DataView(word.buffer);

function isWord(value: bigint): boolean {
  return value >= 0n && value <= WORD_MAX;
}

/** Big-endian. An empty array is zero. */
export function bytesToBigint(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(bytesToHex(bytes));
}
