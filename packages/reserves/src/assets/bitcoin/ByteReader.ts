import { assetsErrors } from "../errors.ts";

/** Reads Bitcoin's encodings from the front; each read fails where the bytes end. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get isAtEnd(): boolean {
    return this.#offset === this.#bytes.length;
  }

  /** The next byte, which is not consumed; undefined at the end. */
  peek(): number | undefined {
    return this.#bytes[this.#offset];
  }

  /** @throws BITCOIN_TRANSACTION_MALFORMED */
  bytes(count: number): Uint8Array {
    const left = this.#bytes.length - this.#offset;
    if (count > left) throw assetsErrors.BITCOIN_TRANSACTION_MALFORMED({ wanted: count, left });
    this.#offset += count;
    return this.#bytes.slice(this.#offset - count, this.#offset);
  }

  /** @throws BITCOIN_TRANSACTION_MALFORMED */
  uint8(): number {
    return this.bytes(1)[0] as number;
  }

  /** Little-endian. @throws BITCOIN_TRANSACTION_MALFORMED */
  uint32(): number {
    this.bytes(4);
    return this.#view.getUint32(this.#offset - 4, true);
  }

  /** Little-endian. @throws BITCOIN_TRANSACTION_MALFORMED */
  uint64(): bigint {
    this.bytes(8);
    return this.#view.getBigUint64(this.#offset - 8, true);
  }

  /** A length in as few bytes as it needs. @throws BITCOIN_TRANSACTION_MALFORMED */
  compactSize(): number {
    const first = this.uint8();
    if (first < 0xfd) return first;
    const size = first === 0xfd ? 2 : first === 0xfe ? 4 : 8;
    this.bytes(size);
    const at = this.#offset - size;
    const value =
      size === 2
        ? this.#view.getUint16(at, true)
        : size === 4
          ? this.#view.getUint32(at, true)
          : Number(this.#view.getBigUint64(at, true));
    const least = size === 2 ? 0xfd : size === 4 ? 0x1_0000 : 0x1_0000_0000;
    if (value < least || !Number.isSafeInteger(value))
      throw assetsErrors.BITCOIN_TRANSACTION_MALFORMED({ length: value });
    return value;
  }

  /** @throws BITCOIN_TRANSACTION_MALFORMED */
  varBytes(): Uint8Array {
    return this.bytes(this.compactSize());
  }

  /** @throws BITCOIN_TRANSACTION_MALFORMED */
  list<T>(readItem: () => T): T[] {
    const count = this.compactSize();
    // Every item takes a byte at least: a count beyond that is not believed.
    const left = this.#bytes.length - this.#offset;
    if (count > left) throw assetsErrors.BITCOIN_TRANSACTION_MALFORMED({ items: count, left });
    return Array.from({ length: count }, readItem);
  }

  /** @throws BITCOIN_TRANSACTION_MALFORMED */
  end(): void {
    if (!this.isAtEnd)
      throw assetsErrors.BITCOIN_TRANSACTION_MALFORMED({ bytesBehind: this.#bytes.length - this.#offset });
  }
}
