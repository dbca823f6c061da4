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

  /** What a buffer of at least so many bytes has. */
  sizeFor(bytesMin: number): number {
    return bytesMin < KEPT_MIN ? bytesMin : 2 ** Math.ceil(Math.log2(bytesMin));
  }

  /** Of at least so many bytes, with anything in them. */
  take(bytesMin: number): Buffer {
    const size = this.sizeFor(bytesMin);
    const kept = this.#kept.get(size)?.pop();
    if (kept === undefined) return Buffer.allocUnsafe(size);
    this.#bytes -= size;
    return kept;
  }

  /** Nobody may use it any more. */
  give(buffer: Buffer): void {
    const { length } = buffer;
    if (length < KEPT_MIN) return;
    this.#makeRoom(length);
    if (this.#bytes + length > KEPT_TOTAL_MAX) return;
    const kept = this.#kept.get(length) ?? [];
    kept.push(buffer);
    this.#kept.set(length, kept);
    this.#bytes += length;
  }

  /** Smaller ones go: else a burst of them would leave no place for those that cost the most. */
  #makeRoom(length: number): void {
    for (const [size, kept] of this.#kept) {
      if (size >= length) continue;
      while (this.#bytes + length > KEPT_TOTAL_MAX && kept.pop() !== undefined) this.#bytes -= size;
    }
  }
}
