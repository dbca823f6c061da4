/**
 * From here on what one connection holds counts, once while it comes and once while it is answered: less is bounded by
 * the number of connections.
 */
const FREE = 64 * 1024;

/** Bounds what messages hold while they come and are answered, over all connections. [RPC-18] */
export class IncomingBytes {
  readonly #bytesMax: number;
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** What one connection holds becomes more or less. False, and nothing happened, if there is no room for more. */
  resize(from: number, to: number): boolean {
    const growth = Math.max(0, to - FREE) - Math.max(0, from - FREE);
    if (growth > 0 && this.#bytes + growth > this.#bytesMax) return false;
    this.#bytes += growth;
    return true;
  }
}
