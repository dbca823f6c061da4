/** Smaller ones are not kept. Bytes */
const KEPT_MIN = 64 * 1024;
/** All that are kept. Bytes */
const KEPT_TOTAL_MAX = 32 * 1024 * 1024;

/**
 * Buffers that are used again. Memory beside the heap makes V8 collect the whole heap: bodies of 5 MB in new buffers did
 * so ten times a second.
 */
export class BufferPool {
  readonly #kept = new Map<number, Buffer[]>();
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  /** Of at least so many bytes, with anything in them. */
  take(bytesMin: number): Buffer {
    if (bytesMin < KEPT_MIN) return Buffer.allocUnsafe(bytesMin);
    const size = 2 ** Math.ceil(Math.log2(bytesMin));
    const kept = this.#kept.get(size)?.pop();
    if (kept === undefined) return Buffer.allocUnsafe(size);
    this.#bytes -= size;
    return kept;
  }

  /** Nobody may use it any more. */
  give(buffer: Buffer): void {
    const { length } = buffer;
    if (length < KEPT_MIN || this.#bytes + length > KEPT_TOTAL_MAX) return;
    const kept = this.#kept.get(length) ?? [];
    kept.push(buffer);
    this.#kept.set(length, kept);
    this.#bytes += length;
  }
}
