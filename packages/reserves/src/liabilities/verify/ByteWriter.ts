/** Big-endian. */
export class ByteWriter {
  #bytes = new Uint8Array(1024);
  #size = 0;

  put(bytes: Uint8Array): this {
    return this.putPart(bytes, 0, bytes.length);
  }

  putPart(bytes: Uint8Array, start: number, end: number): this {
    let at = this.#reserve(end - start);
    for (let index = start; index < end; index++) this.#bytes[at++] = bytes[index] as number;
    return this;
  }

  u8(value: number): this {
    const at = this.#reserve(1);
    this.#bytes[at] = value;
    return this;
  }

  u16(value: number): this {
    return this.u8(value >>> 8).u8(value);
  }

  u32(value: number): this {
    return this.u16(value >>> 16).u16(value & 0xffff);
  }

  text(text: string): this {
    const bytes = new TextEncoder().encode(text);
    return this.u8(bytes.length).put(bytes);
  }

  bytes(): Uint8Array {
    return this.#bytes.slice(0, this.#size);
  }

  #reserve(size: number): number {
    const start = this.#size;
    this.#size += size;
    if (this.#size > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(this.#size, 2 * this.#bytes.length));
      grown.set(this.#bytes.subarray(0, start));
      this.#bytes = grown;
    }
    return start;
  }
}
