import { createHash, type Hash } from "node:crypto";

/** SHA-256 of the beginning of a stream, up to places that lie behind what was read last. */
export class PrefixHash {
  readonly #hash: Hash = createHash("sha256");
  #pending: Uint8Array[] = [];
  #hashedSize = 0;

  /** Passes a stream through. */
  async *watch(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      this.#pending.push(chunk.slice());
      yield chunk;
    }
  }

  /** Of the first `offset` bytes, which were read and are not fewer than those asked for before. */
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
