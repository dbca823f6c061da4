import { createHash, type Hash } from "node:crypto";

export class PrefixHash {
  readonly #hash: Hash = createHash("sha256");
  #pending: Uint8Array[] = [];
  #hashedSize = 0;

  async *watch(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      this.#pending.push(chunk.slice());
      yield chunk;
    }
  }

  /** @param offset in bytes; must not decrease */
  digestAt(offset: number): Uint8Array {
    const rest: Uint8Array[] = [];
    for (const chunk of this.#pending) {
      const take = Math.min(chunk.length, offset - this.#hashedSize);
      this.#hash.update(chunk.subarray(0, take));
      this.#hashedSize += take;
      if (take < chunk.length) rest.push(chunk.subarray(take));
    }
    this.#pending = rest;
    return new Uint8Array(this.#hash.copy().digest());
  }
}
