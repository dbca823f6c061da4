/** From here on an answer counts: smaller ones are bounded by the number of connections. */
export const LARGE = 64 * 1024;

/** Bounds the answers of batches under way and what waits for slow clients to read it, over all connections. [RPC-18] */
export class OutgoingBytes {
  readonly #bytesMax: number;
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** True if the answer may wait to be read; `release` it when it was, or its client is gone. */
  admit(size: number): boolean {
    if (size < LARGE) return true;
    if (this.#bytes + size > this.#bytesMax) return false;
    this.#bytes += size;
    return true;
  }

  release(size: number): void {
    if (size >= LARGE) this.#bytes -= size;
  }
}
