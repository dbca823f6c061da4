import { baseErrors, bigintToMinimalBytes, type Hex, hexToBytes } from "@trellis/base";

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
  return new RlpEncoder().encode(item);
}

const SHORT_SIZE_MAX = 55;
const STRING_OFFSET = 0x80;
const LIST_OFFSET = 0xc0;

class RlpEncoder {
  readonly #listSizes: number[] = [];
  #listIndex = 0;
  readonly #converted: Uint8Array[] = [];
  #convertedIndex = 0;
  #out: Uint8Array = new Uint8Array(0);
  #offset = 0;

  encode(item: RlpInput): Uint8Array {
    this.#out = new Uint8Array(this.#measure(item));
    this.#write(item);
    return this.#out;
  }

  #measure(item: RlpInput): number {
    if (typeof item === "number") return this.#measureNumber(item);
    if (typeof item === "bigint") return this.#measureBigint(item);
    if (typeof item === "string") return this.#measureConverted(hexToBytes(item));
    if (item instanceof Uint8Array) return measureBytes(item);
    if (item instanceof RlpEncoded) return item.bytes.length;
    const index = this.#listSizes.push(0) - 1;
    let size = 0;
    for (const child of item) size += this.#measure(child);
    this.#listSizes[index] = size;
    return headerSize(size) + size;
  }

  #measureNumber(value: number): number {
    if (!Number.isSafeInteger(value) || value < 0)
      throw baseErrors.ARGUMENT_INVALID({
        rule: "RLP takes whole, safe numbers of zero or more",
        got: value,
      });
    return value < STRING_OFFSET ? 1 : 1 + numberSize(value);
  }

  #measureBigint(value: bigint): number {
    if (value < 0n)
      throw baseErrors.ARGUMENT_INVALID({
        rule: "RLP takes whole, safe numbers of zero or more",
        got: value,
      });
    return value < 0x80n ? 1 : this.#measureConverted(bigintToMinimalBytes(value));
  }

  #measureConverted(bytes: Uint8Array): number {
    this.#converted.push(bytes);
    return measureBytes(bytes);
  }

  #write(item: RlpInput): void {
    if (typeof item === "number") this.#writeNumber(item);
    else if (typeof item === "bigint" && item < 0x80n) this.#writeNumber(Number(item));
    else if (typeof item === "bigint" || typeof item === "string") {
      this.#writeBytes(this.#converted[this.#convertedIndex++]!);
    } else if (item instanceof Uint8Array) this.#writeBytes(item);
    else if (item instanceof RlpEncoded) {
      this.#out.set(item.bytes, this.#offset);
      this.#offset += item.bytes.length;
    } else {
      this.#writeHeader(LIST_OFFSET, this.#listSizes[this.#listIndex++]!);
      for (const child of item) this.#write(child);
    }
  }

  #writeNumber(value: number): void {
    if (value === 0) this.#out[this.#offset++] = STRING_OFFSET;
    else if (value < STRING_OFFSET) this.#out[this.#offset++] = value;
    else {
      const size = numberSize(value);
      this.#out[this.#offset++] = STRING_OFFSET + size;
      this.#writeBigEndian(value, size);
    }
  }

  #writeBytes(bytes: Uint8Array): void {
    if (bytes.length !== 1 || bytes[0]! >= STRING_OFFSET) this.#writeHeader(STRING_OFFSET, bytes.length);
    this.#out.set(bytes, this.#offset);
    this.#offset += bytes.length;
  }

  #writeHeader(kindOffset: number, payloadSize: number): void {
    if (payloadSize <= SHORT_SIZE_MAX) {
      this.#out[this.#offset++] = kindOffset + payloadSize;
      return;
    }
    const size = numberSize(payloadSize);
    this.#out[this.#offset++] = kindOffset + SHORT_SIZE_MAX + size;
    this.#writeBigEndian(payloadSize, size);
  }

  #writeBigEndian(value: number, size: number): void {
    let rest = value;
    for (let index = this.#offset + size - 1; index >= this.#offset; index--) {
      this.#out[index] = rest % 256;
      rest = Math.floor(rest / 256);
    }
    this.#offset += size;
  }
}

function measureBytes(bytes: Uint8Array): number {
  if (bytes.length === 1 && bytes[0]! < STRING_OFFSET) return 1;
  return headerSize(bytes.length) + bytes.length;
}

function headerSize(payloadSize: number): number {
  return payloadSize <= SHORT_SIZE_MAX ? 1 : 1 + numberSize(payloadSize);
}

/** @param value positive safe integer */
function numberSize(value: number): number {
  let size = 1;
  for (let rest = value; rest >= 256; rest = Math.floor(rest / 256)) size++;
  return size;
}
