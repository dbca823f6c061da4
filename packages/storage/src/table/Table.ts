import { concatBytes } from "@trellis/base";
import { storageErrors } from "../errors.ts";
import type { KeyReader, WriteOperation } from "../store/KeyValueStore.ts";

/** How a value of a table is written. */
export interface Codec<T> {
  encode(value: T): Uint8Array;
  decode(bytes: Uint8Array): T;
}

export interface TableDefinition<K, V> {
  /** Permanent: a retired table's id is never given again. 0 to 255 */
  readonly id: number;
  /** Keys of one table sort as their encodings do. */
  readonly key: Codec<K>;
  readonly value: Codec<V>;
}

export interface TableRange<K> {
  readonly from: K;
  /** Left out. Without it the range ends with the table. */
  readonly to?: K;
  readonly isReverse?: boolean;
  readonly countMax?: number;
}

/** One table of a store: typed keys and values behind the table's id. */
export class Table<K, V> {
  readonly #definition: TableDefinition<K, V>;
  readonly #prefix: Uint8Array;
  readonly #store: KeyReader;

  constructor(definition: TableDefinition<K, V>, store: KeyReader) {
    this.#definition = definition;
    this.#prefix = Uint8Array.of(definition.id);
    this.#store = store;
  }

  get(key: K): V | undefined {
    const bytes = this.#store.get(this.#keyOf(key));
    return bytes === undefined ? undefined : this.#definition.value.decode(bytes);
  }

  has(key: K): boolean {
    return this.#store.get(this.#keyOf(key)) !== undefined;
  }

  put(key: K, value: V): WriteOperation {
    return { kind: "put", key: this.#keyOf(key), value: this.#definition.value.encode(value) };
  }

  delete(key: K): WriteOperation {
    return { kind: "delete", key: this.#keyOf(key) };
  }

  *range({ from, to, isReverse = false, countMax }: TableRange<K>): Iterable<readonly [K, V]> {
    const end = to === undefined ? Uint8Array.of(this.#definition.id + 1) : this.#keyOf(to);
    const limit = countMax === undefined ? {} : { countMax };
    for (const [key, value] of this.#store.range({ from: this.#keyOf(from), to: end, isReverse, ...limit })) {
      yield [this.#definition.key.decode(key.subarray(1)), this.#definition.value.decode(value)];
    }
  }

  #keyOf(key: K): Uint8Array {
    return concatBytes(this.#prefix, this.#definition.key.encode(key));
  }
}

/**
 * Opens a set of tables on one store.
 * @throws TABLE_ID_TAKEN
 */
export function openTables<T extends Record<string, TableDefinition<unknown, unknown>>>(
  definitions: T,
  store: KeyReader,
): { readonly [Name in keyof T]: T[Name] extends TableDefinition<infer K, infer V> ? Table<K, V> : never } {
  const names = new Map<number, string>();
  for (const [name, { id }] of Object.entries(definitions)) {
    const other = names.get(id);
    if (other !== undefined) throw storageErrors.TABLE_ID_TAKEN({ id, table: name, other });
    names.set(id, name);
  }
  const tables = Object.entries(definitions).map(([name, definition]) => [
    name,
    new Table(definition, store),
  ]);
  return Object.fromEntries(tables);
}
