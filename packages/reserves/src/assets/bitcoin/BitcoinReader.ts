import { ByteReader } from "@trellis/base";
import { assetsErrors } from "../errors.ts";

/** All reads throw BITCOIN_SIGNATURE_INVALID. */
export class BitcoinReader extends ByteReader {
  constructor(bytes: Uint8Array) {
    super(bytes, {
      malformed: (facts) =>
        assetsErrors.BITCOIN_SIGNATURE_INVALID({ reason: "malformed transaction", ...facts }),
      isLittleEndian: true,
    });
  }

  /** Accepts only minimal encodings. */
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
      throw assetsErrors.BITCOIN_SIGNATURE_INVALID({ reason: "malformed transaction", length: value });
    return value;
  }

  varBytes(): Uint8Array {
    return this.take(this.compactSize());
  }

  list<T>(readItem: () => T): T[] {
    const items = this.compactSize();
    // Bounds the allocation: an item takes at least one byte.
    if (items > this.left)
      throw assetsErrors.BITCOIN_SIGNATURE_INVALID({
        reason: "malformed transaction",
        items,
        left: this.left,
      });
    return Array.from({ length: items }, readItem);
  }
}
