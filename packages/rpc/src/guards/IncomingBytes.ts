/** Not counted per connection, since connections are limited. A message counts while received and while answered. */
const FREE = 64 * 1024;

/** Memory of messages received or answered, all connections. [RPC-18] */
export class IncomingBytes {
  readonly #bytesMax: number;
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** False, without effect, if there is no room. */
  resize(from: number, to: number): boolean {
    const growth = Math.max(0, to - FREE) - Math.max(0, from - FREE);
    if (growth > 0 && this.#bytes + growth > this.#bytesMax) return false;
    this.#bytes += growth;
    return true;
  }
}
