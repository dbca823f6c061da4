import { bytesToBigint, bytesToHex } from "@trellis/base";
import { protocolErrors } from "../errors.ts";
import type { Address, Hash } from "../words.ts";

const UINT256_MAX = (1n << 256n) - 1n;
/** A double represents integers of this size exactly. */
const EXACT_BYTES = 6;

/**
 * Methods throw RLP_INVALID with the field's name. Results share memory with the input. [RLP-1] [RLP-2]
 * [RLP-3]
 */
export class RlpReader {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #offset: number;
  #itemStart = 0;
  #payloadStart = 0;
  #payloadEnd = 0;
  #isList = false;

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#offset = start;
    this.#end = end;
  }

  get isDone(): boolean {
    return this.#offset === this.#end;
  }

  get byteLength(): number {
    return this.#end - this.#offset;
  }

  again(): RlpReader {
    return new RlpReader(this.#bytes, this.#offset, this.#end);
  }

  get lastEncoding(): Uint8Array {
    return this.#bytes.subarray(this.#itemStart, this.#payloadEnd);
  }

  finish(list: string): void {
    if (!this.isDone) throw protocolErrors.RLP_INVALID({ reason: "extra field", list, offset: this.#offset });
  }

  nextIsList(field: string): boolean {
    if (this.isDone)
      throw protocolErrors.RLP_INVALID({ reason: "missing field", field, offset: this.#offset });
    return this.#bytes[this.#offset]! >= 0xc0;
  }

  skip(field: string): void {
    this.#advance(field);
  }

  readList(field: string): RlpReader {
    this.#advance(field);
    if (!this.#isList)
      throw protocolErrors.RLP_INVALID({ reason: "unexpected kind", field, expected: "list", got: "bytes" });
    return new RlpReader(this.#bytes, this.#payloadStart, this.#payloadEnd);
  }

  readBytes(field: string, sizeMax = Number.POSITIVE_INFINITY): Uint8Array {
    const size = this.#advanceBytes(field);
    if (size > sizeMax)
      throw protocolErrors.RLP_INVALID({ reason: "unexpected length", field, got: size, sizeMax });
    return this.#bytes.subarray(this.#payloadStart, this.#payloadEnd);
  }

  readFixedBytes(field: string, size: number): Uint8Array {
    const got = this.#advanceBytes(field);
    if (got !== size)
      throw protocolErrors.RLP_INVALID({ reason: "unexpected length", field, got, expected: size });
    return this.#bytes.subarray(this.#payloadStart, this.#payloadEnd);
  }

  readHash(field: string): Hash {
    return bytesToHex(this.readFixedBytes(field, 32));
  }

  readAddress(field: string): Address {
    return bytesToHex(this.readFixedBytes(field, 20));
  }

  readAddressOrNull(field: string): Address | null {
    const bytes = this.readBytes(field);
    if (bytes.length === 0) return null;
    if (bytes.length !== 20) {
      throw protocolErrors.RLP_INVALID({
        reason: "unexpected length",
        field,
        got: bytes.length,
        expected: "0 or 20",
      });
    }
    return bytesToHex(bytes);
  }

  readUint(field: string, max: bigint = UINT256_MAX): bigint {
    const size = this.#advanceInteger(field);
    if (size <= EXACT_BYTES) return this.#checkUint(field, BigInt(this.#payloadNumber()), max);
    if (size > 32) throw protocolErrors.RLP_INVALID({ reason: "integer too great", field, bytes: size, max });
    return this.#checkUint(
      field,
      bytesToBigint(this.#bytes.subarray(this.#payloadStart, this.#payloadEnd)),
      max,
    );
  }

  readNumber(field: string, max = Number.MAX_SAFE_INTEGER): number {
    const size = this.#advanceInteger(field);
    const value = size > EXACT_BYTES + 1 ? Number.POSITIVE_INFINITY : this.#payloadNumber();
    if (value > max)
      throw protocolErrors.RLP_INVALID({ reason: "integer too great", field, bytes: size, max });
    return value;
  }

  #checkUint(field: string, value: bigint, max: bigint): bigint {
    if (value > max)
      throw protocolErrors.RLP_INVALID({ reason: "integer too great", field, got: value, max });
    return value;
  }

  /** Rounded above 2^53, but stays above 2^53. */
  #payloadNumber(): number {
    let value = 0;
    for (let index = this.#payloadStart; index < this.#payloadEnd; index++) {
      value = value * 256 + this.#bytes[index]!;
    }
    return value;
  }

  #advanceInteger(field: string): number {
    const size = this.#advanceBytes(field);
    if (size > 0 && this.#bytes[this.#payloadStart] === 0) {
      throw protocolErrors.RLP_INVALID({
        reason: "not canonical",
        field,
        rule: "integer with a leading zero",
        offset: this.#itemStart,
      });
    }
    return size;
  }

  #advanceBytes(field: string): number {
    this.#advance(field);
    if (this.#isList)
      throw protocolErrors.RLP_INVALID({ reason: "unexpected kind", field, expected: "bytes", got: "list" });
    return this.#payloadEnd - this.#payloadStart;
  }

  #advance(field: string): void {
    const start = this.#offset;
    if (start >= this.#end)
      throw protocolErrors.RLP_INVALID({ reason: "missing field", field, offset: start });
    const first = this.#bytes[start]!;
    this.#itemStart = start;
    this.#isList = first >= 0xc0;
    if (first < 0x80) this.#setPayload(field, start, 1);
    else {
      const code = first & (this.#isList ? 0x3f : 0x7f);
      if (code <= 55) this.#setPayload(field, start + 1, code);
      else this.#setPayload(field, start + 1 + code - 55, this.#longSize(field, start + 1, code - 55));
      if (first === 0x81 && this.#bytes[start + 1]! < 0x80) {
        throw protocolErrors.RLP_INVALID({
          reason: "not canonical",
          field,
          rule: "single byte with a header",
          offset: start,
        });
      }
    }
    this.#offset = this.#payloadEnd;
  }

  #longSize(field: string, start: number, sizeOfSize: number): number {
    if (start + sizeOfSize > this.#end)
      throw protocolErrors.RLP_INVALID({ reason: "truncated", field, offset: start });
    if (this.#bytes[start] === 0) {
      throw protocolErrors.RLP_INVALID({
        reason: "not canonical",
        field,
        rule: "length with a leading zero",
        offset: start,
      });
    }
    // Rounded above 2^53, but still exceeds any input.
    let size = 0;
    for (let index = start; index < start + sizeOfSize; index++) size = size * 256 + this.#bytes[index]!;
    if (size <= 55) {
      throw protocolErrors.RLP_INVALID({
        reason: "not canonical",
        field,
        rule: "long form of a short length",
        offset: start,
      });
    }
    return size;
  }

  #setPayload(field: string, start: number, size: number): void {
    if (start + size > this.#end) {
      throw protocolErrors.RLP_INVALID({
        reason: "truncated",
        field,
        offset: this.#itemStart,
        size,
        left: this.#end - start,
      });
    }
    this.#payloadStart = start;
    this.#payloadEnd = start + size;
  }
}

/** The encoding must be exactly one list. @throws RLP_INVALID */
export function openRlpList(bytes: Uint8Array, name: string): RlpReader {
  const outer = new RlpReader(withoutBufferPrototype(bytes));
  const list = outer.readList(name);
  if (!outer.isDone) {
    throw protocolErrors.RLP_INVALID({
      reason: "trailing bytes",
      field: name,
      size: bytes.length,
      read: outer.lastEncoding.length,
    });
  }
  return list;
}

/** Views of a Buffer would be Buffers, whose slice() does not copy. */
export function withoutBufferPrototype(bytes: Uint8Array): Uint8Array {
  return Buffer.isBuffer(bytes) ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length) : bytes;
}
