import { MemoryDatastore } from "datastore-core/memory";
import type { Key } from "interface-datastore";

/** Bounded, because unknown peers write through identify and the DHT. [LINK-11] */
export class BoundedDatastore extends MemoryDatastore {
  readonly #bytesMax: number;
  readonly #records = new Map<string, { readonly key: Key; readonly bytes: number }>();
  #bytes = 0;

  constructor(bytesMax: number) {
    super();
    this.#bytesMax = bytesMax;
  }

  override put(key: Key, value: Uint8Array): Key | Promise<Key> {
    this.#forget(key.toString());
    const bytes = key.toString().length + value.length;
    this.#records.set(key.toString(), { key, bytes });
    this.#bytes += bytes;
    const stored = super.put(key, value);
    for (const [name, record] of this.#records) {
      if (this.#bytes <= this.#bytesMax) break;
      this.#forget(name);
      super.delete(record.key);
    }
    return stored;
  }

  override delete(key: Key): void | Promise<void> {
    this.#forget(key.toString());
    return super.delete(key);
  }

  #forget(name: string): void {
    this.#bytes -= this.#records.get(name)?.bytes ?? 0;
    this.#records.delete(name);
  }
}
