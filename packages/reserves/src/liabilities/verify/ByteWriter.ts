/** Grows as it is written. Numbers are big-endian. */
export class ByteWriter {
  #bytes = new Uint8Array(1024);
  #size = 0;

  put(bytes: Uint8Array): this {
    this.#reserve(bytes.length).set(bytes);
    return this;
  }

  u8(value: number): this {
    this.#reserve(1)[0] = value;
    return this;
  }

  u16(value: number): this {
    return this.u8(value >>> 8).u8(value);
  }

  u32(value: number): this {
    return this.u16(value >>> 16).u16(value & 0xffff);
  }

  /** UTF-8 behind its size in one byte. It must fit. */
  text(text: string): this {
    const bytes = new TextEncoder().encode(text);
    return this.u8(bytes.length).put(bytes);
  }

  /** A copy of what was written. */
  bytes(): Uint8Array {
    return this.#bytes.slice(0, this.#size);
  }

  #reserve(size: number): Uint8Array {
    const start = this.#size;
    this.#size += size;
    if (this.#size > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(this.#size, 2 * this.#bytes.length));
      grown.set(this.#bytes.subarray(0, start));
      this.#bytes = grown;
    }
    return this.#bytes.subarray(start, this.#size);
  }
}
