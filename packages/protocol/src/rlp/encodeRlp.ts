import { baseErrors, type Hex, putBigint, putHex } from "@trellis/base";

export class RlpEncoded {
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }
}

/** Integers are big-endian without leading zeros. */
export type RlpInput = Uint8Array | Hex | bigint | number | RlpEncoded | readonly RlpInput[];

/** Yellow paper, appendix B. [RLP-1] [RLP-2] @throws ARGUMENT_INVALID, HEX_INVALID */
export function encodeRlp(item: RlpInput): Uint8Array {
  start = out.length;
  prepend(item);
  return written();
}

/** The type's byte, then the fields (EIP-2718). @throws ARGUMENT_INVALID, HEX_INVALID */
export function encodeEnvelope(type: number, fields: readonly RlpInput[]): Uint8Array {
  start = out.length;
  prepend(fields);
  reserve(1);
  out[--start] = type;
  return written();
}

const SHORT_SIZE_MAX = 55;
const STRING_OFFSET = 0x80;
const LIST_OFFSET = 0xc0;
const OUT_BYTES = 64 * 1024;
/** Longest header, number or 256-bit integer, in whole words. */
const ITEM_BYTES = 40;
const UINT256_MAX = (1n << 256n) - 1n;

/**
 * Shared by all calls. Filled from its end, because a header precedes its content and states the content's
 * size: so one pass without intermediate arrays suffices.
 */
let out = new Uint8Array(OUT_BYTES);
let view = new DataView(out.buffer);
let start = OUT_BYTES;

function written(): Uint8Array {
  const encoded = out.slice(start);
  if (out.length > OUT_BYTES) resize(OUT_BYTES);
  return encoded;
}

function prepend(item: RlpInput): void {
  const before = out.length - start;
  if (typeof item === "number") prependNumber(item);
  else if (typeof item === "bigint") prependBigint(item);
  else if (typeof item === "string") {
    reserve(item.length >> 1);
    start = putHex(item, out, start);
  } else if (item instanceof Uint8Array) prependBytes(item);
  else if (item instanceof RlpEncoded) {
    prependBytes(item.bytes);
    return;
  } else {
    for (let index = item.length - 1; index >= 0; index--) prepend(item[index]!);
    prependHeader(LIST_OFFSET, out.length - start - before);
    return;
  }
  const size = out.length - start - before;
  if (size !== 1 || out[start]! >= STRING_OFFSET) prependHeader(STRING_OFFSET, size);
}

function prependNumber(value: number): void {
  if (!Number.isSafeInteger(value) || value < 0) throw notWhole(value);
  reserve(ITEM_BYTES);
  for (let rest = value; rest > 0; rest = Math.floor(rest / 256)) out[--start] = rest % 256;
}

function prependBigint(value: bigint): void {
  if (value < 0n) throw notWhole(value);
  reserve(value > UINT256_MAX ? value.toString(16).length : ITEM_BYTES);
  start = putBigint(value, view, start);
}

function prependBytes(bytes: Uint8Array): void {
  reserve(bytes.length);
  start -= bytes.length;
  out.set(bytes, start);
}

function prependHeader(offset: number, size: number): void {
  if (size <= SHORT_SIZE_MAX) {
    reserve(1);
    out[--start] = offset + size;
    return;
  }
  const end = out.length - start;
  prependNumber(size);
  const sizeBytes = out.length - start - end;
  out[--start] = offset + SHORT_SIZE_MAX + sizeBytes;
}

function reserve(size: number): void {
  if (size <= start) return;
  const content = out.subarray(start);
  resize(Math.max(out.length * 2, content.length + size + ITEM_BYTES));
  start = out.length - content.length;
  out.set(content, start);
}

function resize(size: number): void {
  out = new Uint8Array(size);
  view = new DataView(out.buffer);
}

function notWhole(got: number | bigint) {
  return baseErrors.ARGUMENT_INVALID({ rule: "RLP takes whole, safe numbers of zero or more", got });
}
