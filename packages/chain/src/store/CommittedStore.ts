import type { KeyRange, KeyReader, KeyValueStore, WriteOperation } from "@trellis/storage";

export class CommittedStore implements KeyReader {
  readonly #store: KeyValueStore;
  #reader: KeyReader;

  constructor(store: KeyValueStore) {
    this.#store = store;
    this.#reader = store;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return this.#reader.get(key);
  }

  has(key: Uint8Array): boolean {
    return this.#reader.has(key);
  }

  range(range: KeyRange): ReturnType<KeyReader["range"]> {
    return this.#reader.range(range);
  }

  /**
   * Calls must not overlap. After a rejection, reads stay at the snapshot.
   * @param follow runs when the writes become readable
   */
  async write(operations: readonly WriteOperation[], follow: () => void): Promise<void> {
    const snapshot = this.#store.snapshot();
    this.#reader = snapshot;
    await this.#store.write(operations);
    this.#reader = this.#store;
    snapshot.close();
    follow();
  }
}
