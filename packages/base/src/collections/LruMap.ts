/** Evicts the least recently used entries while their total size exceeds `sizeMax`. */
export class LruMap<K, V> {
  readonly #entries = new Map<K, V>();
  readonly #sizeMax: number;
  readonly #sizeOf: (value: V, key: K) => number;
  readonly #countMin: number;
  #size = 0;
  /** If known: to move an entry costs more than to find it. */
  #newest: K | undefined;

  /** @param countMin entries to keep, regardless of size */
  constructor(sizeMax: number, sizeOf: (value: V, key: K) => number = () => 1, countMin = 0) {
    this.#sizeMax = sizeMax;
    this.#sizeOf = sizeOf;
    this.#countMin = countMin;
  }

  get count(): number {
    return this.#entries.size;
  }

  get size(): number {
    return this.#size;
  }

  has(key: K): boolean {
    return this.#entries.has(key);
  }

  get(key: K): V | undefined {
    const value = this.#entries.get(key);
    if (value === undefined || key === this.#newest) return value;
    this.#entries.delete(key);
    this.#entries.set(key, value);
    this.#newest = key;
    return value;
  }

  /** Least recently used first. */
  values(): IterableIterator<V> {
    return this.#entries.values();
  }

  set(key: K, value: V): void {
    this.delete(key);
    this.#entries.set(key, value);
    this.#newest = key;
    this.#size += this.#sizeOf(value, key);
    if (this.#size <= this.#sizeMax) return;
    for (const oldest of this.#entries.keys()) {
      if (this.#size <= this.#sizeMax || this.#entries.size <= this.#countMin) break;
      this.delete(oldest);
    }
  }

  delete(key: K): boolean {
    const value = this.#entries.get(key);
    if (value === undefined) return false;
    this.#size -= this.#sizeOf(value, key);
    if (key === this.#newest) this.#newest = undefined;
    return this.#entries.delete(key);
  }

  clear(): void {
    this.#entries.clear();
    this.#newest = undefined;
    this.#size = 0;
  }
}
