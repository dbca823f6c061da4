import { storageErrors } from "@trellis/storage";

/** Each method throws STORE_CORRUPT. */
export class RecordReader {
  readonly #bytes: Uint8Array;
  readonly #serial: number;
  #at = 0;

  constructor(bytes: Uint8Array, serial: number) {
    this.#bytes = bytes;
    this.#serial = serial;
  }

  number(max: number = Number.MAX_SAFE_INTEGER): number {
    let value = 0;
    for (let scale = 1; ; scale *= 0x80) {
      const byte = this.#next();
      value += (byte & 0x7f) * scale;
      if (value > max) throw this.invalid("a number is too large");
      if (byte < 0x80) return value;
      if (scale > Number.MAX_SAFE_INTEGER) throw this.invalid("a number is too long");
    }
  }

  fixed(length: number): string {
    if (this.#at + length > this.#bytes.length) throw this.invalid("it is cut short");
    const part = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    return Buffer.from(part.buffer, part.byteOffset, length).toString("hex");
  }

  bigint(): bigint {
    return BigInt(`0x${this.fixed(this.number(BIGINT_BYTES_MAX)) || "0"}`);
  }

  finish(): void {
    if (this.#at !== this.#bytes.length) throw this.invalid("it is too long");
  }

  invalid(reason: string): Error {
    return storageErrors.STORE_CORRUPT({ serial: this.#serial, reason });
  }

  #next(): number {
    const byte = this.#bytes[this.#at++];
    if (byte === undefined) throw this.invalid("it is cut short");
    return byte;
  }
}

/** Fits a sum of works, which is below 2^256 × weight × blocks. */
const BIGINT_BYTES_MAX = 64;
