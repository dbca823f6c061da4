import { baseErrors, type Steps } from "@trellis/base";
import type { KeyReader, PutOperation, WriteOperation } from "../store/KeyValueStore.ts";

const ID_MIN = 1;
const ID_MAX = 254;

export interface Codec<T> {
  encode(value: T): Uint8Array;
  encodeInSteps?(value: T): Steps<Uint8Array>;
  decode(bytes: Uint8Array): T;
}

export interface TableDefinition<K, V> {
  /** 1 to 254, never reused. [TABLE-1] */
  readonly id: number;
  /** Rows sort by encoded key. */
  readonly key: Codec<K>;
  readonly value: Codec<V>;
}

interface TableRange<K> {
  readonly from?: K;
  readonly to?: K;
  readonly isReverse?: boolean;
  readonly countMax?: number;
}

export class Table<K, V> {
  readonly #definition: TableDefinition<K, V>;
  readonly #store: KeyReader;

  constructor(definition: TableDefinition<K, V>, store: KeyReader) {
    this.#definition = definition;
    this.#store = store;
  }

  in(store: KeyReader): Table<K, V> {
    return new Table(this.#definition, store);
  }

  get(key: K): V | undefined {
    return this.getPart(key, (bytes) => this.#definition.value.decode(bytes));
  }

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

  delete(key: K): WriteOperation {
    return { kind: "delete", key: this.#keyOf(key) };
  }

  /** Undefined deletes the key. */
  *operations(changes: Iterable<readonly [K, V | undefined]>): Steps<WriteOperation[]> {
    const { value: codec } = this.#definition;
    const operations: WriteOperation[] = [];
    for (const [key, value] of changes) {
      if (value === undefined) operations.push(this.delete(key));
      else if (codec.encodeInSteps === undefined) operations.push(this.put(key, value));
      else {
        const encoded = yield* codec.encodeInSteps(value);
        operations.push({ kind: "put", key: this.#keyOf(key), value: encoded });
      }
    }
    return operations;
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
 * @param retiredIds ids that must not be reused
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
