const KEPT_MIN = 64 * 1024;
const KEPT_TOTAL_MAX = 32 * 1024 * 1024;

/** Allocating 5 MB buffers caused ten full garbage collections per second. */
export class BufferPool {
  readonly #kept = new Map<number, Buffer[]>();
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  sizeFor(bytesMin: number): number {
    return bytesMin < KEPT_MIN ? bytesMin : 2 ** Math.ceil(Math.log2(bytesMin));
  }

  take(bytesMin: number): Buffer {
    const size = this.sizeFor(bytesMin);
    const kept = this.#kept.get(size)?.pop();
    if (kept === undefined) return Buffer.allocUnsafe(size);
    this.#bytes -= size;
    return kept;
  }

  /** The caller must not use the buffer afterwards. */
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

  /** Drops smaller buffers, which are cheaper to allocate. */
  #makeRoom(length: number): void {
    for (const [size, kept] of this.#kept) {
      if (size >= length) continue;
      while (this.#bytes + length > KEPT_TOTAL_MAX && kept.pop() !== undefined) this.#bytes -= size;
    }
  }
}
