import { ByteReader } from "@trellis/base";
import { assetsErrors } from "../errors.ts";

/** Reads Bitcoin's encodings. Each read throws BITCOIN_TRANSACTION_MALFORMED. */
export class BitcoinReader extends ByteReader {
  constructor(bytes: Uint8Array) {
    super(bytes, { malformed: assetsErrors.BITCOIN_TRANSACTION_MALFORMED, isLittleEndian: true });
  }

  /** A length in as few bytes as it needs. */
  compactSize(): number {
    const first = this.u8();
    if (first < 0xfd) return first;
    const [value, least] =
      first === 0xfd
        ? [this.u16(), 0xfd]
        : first === 0xfe
          ? [this.u32(), 0x1_0000]
          : [Number(this.u64()), 0x1_0000_0000];
    if (value < least || !Number.isSafeInteger(value))
      throw assetsErrors.BITCOIN_TRANSACTION_MALFORMED({ length: value });
    return value;
  }

  varBytes(): Uint8Array {
    return this.take(this.compactSize());
  }

  list<T>(readItem: () => T): T[] {
    const items = this.compactSize();
    // Every item takes a byte at least: a count beyond that is not believed.
    if (items > this.left) throw assetsErrors.BITCOIN_TRANSACTION_MALFORMED({ items, left: this.left });
    return Array.from({ length: items }, readItem);
  }
}
