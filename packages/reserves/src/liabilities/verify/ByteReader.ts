import { liabilitiesErrors } from "../errors.ts";

/** Reads a file from its beginning to its end. Everything throws PROOF_MALFORMED where bytes are missing. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get offset(): number {
    return this.#offset;
  }

  /** A copy. */
  take(size: number, what: string): Uint8Array {
    const start = this.#advance(size, what);
    return this.#bytes.slice(start, start + size);
  }

  /** The next bytes, into bytes that are there: without a copy for each short run. */
  takeInto(target: Uint8Array, at: number, size: number, what: string): void {
    const start = this.#advance(size, what);
    for (let index = 0; index < size; index++) target[at + index] = this.#bytes[start + index] as number;
  }

  u8(what: string): number {
    return this.#view.getUint8(this.#advance(1, what));
  }

  u16(what: string): number {
    return this.#view.getUint16(this.#advance(2, what));
  }

  u32(what: string): number {
    return this.#view.getUint32(this.#advance(4, what));
  }

  /** UTF-8 behind its size in one byte. */
  text(what: string): string {
    const bytes = this.take(this.u8(what), what);
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch (cause) {
      throw liabilitiesErrors.PROOF_MALFORMED({ what, expected: "UTF-8" }, cause);
    }
  }

  end(): void {
    if (this.#offset === this.#bytes.length) return;
    throw liabilitiesErrors.PROOF_MALFORMED({ leftOver: this.#bytes.length - this.#offset });
  }

  #advance(size: number, what: string): number {
    const start = this.#offset;
    if (start + size > this.#bytes.length) {
      throw liabilitiesErrors.PROOF_MALFORMED({
        what,
        offset: start,
        missing: start + size - this.#bytes.length,
      });
    }
    this.#offset = start + size;
    return start;
  }
}
