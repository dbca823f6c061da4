import { bigintToMinimalBytes, bytesToBigint } from "@trellis/base";
import { storageErrors } from "../errors.ts";
import type { KeyReader, KeyValueStore, WriteOperation } from "../store/KeyValueStore.ts";

/** One step from a version to the next. */
export interface Migration {
  /** The version that the step starts from. */
  readonly from: number;
  /** What it does, for the log. */
  readonly name: string;
  /** Gives the operations of the step from what is stored. */
  run(store: KeyReader): Iterable<WriteOperation>;
}

export interface Schema {
  /** Where the store keeps its version. The first batch of a new store must write it: `schemaVersion`. */
  readonly key: Uint8Array;
  readonly version: number;
  /** In any order. One a version; none is ever changed or left out once it was released. */
  readonly migrations: readonly Migration[];
}

/** What a new store begins with. */
export function schemaVersion({ key, version }: Schema): WriteOperation {
  return { kind: "put", key, value: bigintToMinimalBytes(BigInt(version)) };
}

/** The version of what is stored; undefined for an empty store. [SCHEMA-1] @throws SCHEMA_UNKNOWN */
export function storedVersion(store: KeyReader, { key }: Pick<Schema, "key">): number | undefined {
  const stored = store.get(key);
  if (stored !== undefined) return Number(bytesToBigint(stored));
  for (const _ of store.range({ countMax: 1 })) throw storageErrors.SCHEMA_UNKNOWN();
  return undefined;
}

/** As `storedVersion`, of what this program can read or migrate. [SCHEMA-3] @throws SCHEMA_NEWER, SCHEMA_UNKNOWN */
export function knownVersion(store: KeyReader, schema: Schema): number | undefined {
  const stored = storedVersion(store, schema);
  if (stored === undefined || stored <= schema.version) return stored;
  throw storageErrors.SCHEMA_NEWER({ stored, known: schema.version });
}

/**
 * Brings what is stored to the schema's version, a step at a time. Each step is one batch that ends with its version,
 * so that a crash leaves the store at one version or the next. Gives the names of the steps that were taken.
 * [SCHEMA-2] [SCHEMA-3]
 * @throws SCHEMA_NEWER, SCHEMA_GAP, SCHEMA_UNKNOWN
 */
export async function migrate(store: KeyValueStore, schema: Schema): Promise<string[]> {
  const stored = knownVersion(store, schema);
  if (stored === undefined) return [];
  const steps = Array.from({ length: schema.version - stored }, (_, index) =>
    stepFrom(schema, stored + index),
  );
  for (const step of steps) {
    const version = schemaVersion({ ...schema, version: step.from + 1 });
    await store.write([...step.run(store), version]);
  }
  if (steps.length > 0) await store.flush();
  return steps.map(({ name }) => name);
}

function stepFrom({ migrations, version }: Schema, from: number): Migration {
  const step = migrations.find((migration) => migration.from === from);
  if (step === undefined)
    throw storageErrors.SCHEMA_GAP({ missing: `${from} to ${from + 1}`, known: version });
  return step;
}
