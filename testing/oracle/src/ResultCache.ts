import { LruMap } from "@trellis/base";

const BYTES_MAX = 8 << 20;
const ENTRY_BYTES = 256;

/** Results of a pure function of bytes. */
export class ResultCache<T> {
  readonly #results = new LruMap<string, T>(BYTES_MAX, (_, key) => ENTRY_BYTES + key.length);

  get(input: Uint8Array): T | undefined {
    return this.#results.get(keyOf(input));
  }

  set(input: Uint8Array, result: T): void {
    this.#results.set(keyOf(input), result);
  }
}

function keyOf({ buffer, byteOffset, byteLength }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString("latin1");
}
