import { baseErrors } from "@trellis/base";
import type { KeyReader, PutOperation, WriteOperation } from "../store/KeyValueStore.ts";

const ID_MIN = 1;
const ID_MAX = 254;

/** How a key or a value of a table is written. */
export interface Codec<T> {
  encode(value: T): Uint8Array;
  decode(bytes: Uint8Array): T;
}

export interface TableDefinition<K, V> {
  /** Permanent: a retired table's id is never given again. 1 to 254 [TABLE-1] */
  readonly id: number;
  /** Keys of one table sort as their encodings do. */
  readonly key: Codec<K>;
  readonly value: Codec<V>;
}

export interface TableRange<K> {
  /** Without it the range begins with the table. */
  readonly from?: K;
  /** Left out. Without it the range ends with the table. */
  readonly to?: K;
  readonly isReverse?: boolean;
  readonly countMax?: number;
}

/** One table of a store: typed keys and values behind the table's id. */
export class Table<K, V> {
  readonly #definition: TableDefinition<K, V>;
  readonly #store: KeyReader;

  constructor(definition: TableDefinition<K, V>, store: KeyReader) {
    this.#definition = definition;
    this.#store = store;
  }

  /** The same table in another view of the store, a snapshot. */
  in(store: KeyReader): Table<K, V> {
    return new Table(this.#definition, store);
  }

  get(key: K): V | undefined {
    return this.getPart(key, (bytes) => this.#definition.value.decode(bytes));
  }

  /** What `decode` makes of a value of which not all is wanted. */
  getPart<P>(key: K, decode: (bytes: Uint8Array) => P): P | undefined {
    const bytes = this.#store.get(this.#keyOf(key));
    return bytes === undefined ? undefined : decode(bytes);
  }

  has(key: K): boolean {
    return this.#store.has(this.#keyOf(key));
  }

  put(key: K, value: V): PutOperation {
    return { kind: "put", key: this.#keyOf(key), value: this.#definition.value.encode(value) };
  }

  /** Puts a value that was encoded before, as the table's codec does it. */
  putEncoded(key: K, value: Uint8Array): PutOperation {
    return { kind: "put", key: this.#keyOf(key), value };
  }

  delete(key: K): WriteOperation {
    return { kind: "delete", key: this.#keyOf(key) };
  }

  *range({ from, to, ...order }: TableRange<K>): Iterable<readonly [K, V]> {
    const { id, key, value } = this.#definition;
    const bounds = {
      from: from === undefined ? Uint8Array.of(id) : this.#keyOf(from),
      to: to === undefined ? Uint8Array.of(id + 1) : this.#keyOf(to),
    };
    for (const [keyBytes, valueBytes] of this.#store.range({ ...bounds, ...order })) {
      yield [key.decode(keyBytes.subarray(1)), value.decode(valueBytes)];
    }
  }

  #keyOf(key: K): Uint8Array {
    const encoded = this.#definition.key.encode(key);
    const bytes = new Uint8Array(encoded.length + 1);
    bytes[0] = this.#definition.id;
    bytes.set(encoded, 1);
    return bytes;
  }
}

/**
 * Opens a set of tables on one store. The set is the registry of ids; those of tables that are no more are given
 * beside it, so that none is used again.
 * @throws ARGUMENT_INVALID
 */
export function openTables<T extends Record<string, TableDefinition<unknown, unknown>>>(
  definitions: T,
  store: KeyReader,
  retiredIds: readonly number[] = [],
): { readonly [Name in keyof T]: T[Name] extends TableDefinition<infer K, infer V> ? Table<K, V> : never } {
  const names = new Map(retiredIds.map((id) => [id, "a retired table"]));
  for (const [name, { id }] of Object.entries(definitions)) {
    if (!Number.isInteger(id) || id < ID_MIN || id > ID_MAX) {
      throw baseErrors.ARGUMENT_INVALID({
        rule: "a table's id is a whole number from 1 to 254",
        id,
        table: name,
      });
    }
    const other = names.get(id);
    if (other !== undefined)
      throw baseErrors.ARGUMENT_INVALID({
        rule: "ids are permanent: no two tables share one",
        id,
        table: name,
        other,
      });
    names.set(id, name);
  }
  const tables = Object.entries(definitions).map(([name, definition]) => [
    name,
    new Table(definition, store),
  ]);
  return Object.fromEntries(tables);
}
