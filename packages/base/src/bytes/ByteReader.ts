import type { Facts } from "../TrellisError.ts";

interface ByteReaderOptions {
  readonly malformed: (facts: Facts) => Error;
  readonly isLittleEndian?: boolean;
}

/** Reads throw `malformed` when bytes are missing. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #malformed: (facts: Facts) => Error;
  readonly #isLittleEndian: boolean;
  #offset = 0;

  constructor(bytes: Uint8Array, { malformed, isLittleEndian = false }: ByteReaderOptions) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#malformed = malformed;
    this.#isLittleEndian = isLittleEndian;
  }

  get offset(): number {
    return this.#offset;
  }

  get left(): number {
    return this.#bytes.length - this.#offset;
  }

  peek(): number | undefined {
    return this.#bytes[this.#offset];
  }

  take(size: number, what?: string): Uint8Array {
    const start = this.#advance(size, what);
    return this.#bytes.slice(start, start + size);
  }

  takeInto(target: Uint8Array, at: number, size: number, what?: string): void {
    const start = this.#advance(size, what);
    for (let index = 0; index < size; index++) target[at + index] = this.#bytes[start + index]!;
  }

  u8(what?: string): number {
    return this.#view.getUint8(this.#advance(1, what));
  }

  u16(what?: string): number {
    return this.#view.getUint16(this.#advance(2, what), this.#isLittleEndian);
  }

  u32(what?: string): number {
    return this.#view.getUint32(this.#advance(4, what), this.#isLittleEndian);
  }

  u64(what?: string): bigint {
    return this.#view.getBigUint64(this.#advance(8, what), this.#isLittleEndian);
  }

  end(): void {
    if (this.left > 0) throw this.#malformed({ leftOver: this.left });
  }

  #advance(size: number, what: string | undefined): number {
    const start = this.#offset;
    if (size > this.left) throw this.#malformed({ what, offset: start, missing: size - this.left });
    this.#offset = start + size;
    return start;
  }
}
