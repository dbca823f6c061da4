/** Bytes per message that are not counted: the limit on connections bounds their sum. */
const FREE = 64 * 1024;

/** Messages that are being received or answered. [RPC-18] */
export class IncomingBytes {
  readonly #bytesMax: number;
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get bytes(): number {
    return this.#bytes;
  }

  resize(from: number, to: number): boolean {
    const growth = Math.max(0, to - FREE) - Math.max(0, from - FREE);
    if (growth > 0 && this.#bytes + growth > this.#bytesMax) return false;
    this.#bytes += growth;
    return true;
  }
}
