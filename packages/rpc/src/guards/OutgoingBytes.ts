/** Smaller answers are not counted: the limit on connections bounds their sum. */
export const LARGE = 64 * 1024;

/** Bytes of running batches and unread answers. [RPC-18] */
export class OutgoingBytes {
  readonly #bytesMax: number;
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** True: call `release` after the answer is read or the client disconnects. */
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
