import { bigintToMinimalBytes, bytesToBigint } from "@trellis/base";
import { storageErrors } from "../errors.ts";
import type { KeyReader, KeyValueStore, WriteOperation } from "../store/KeyValueStore.ts";

export interface Migration {
  readonly from: number;
  readonly name: string;
  run(store: KeyReader): Iterable<WriteOperation>;
}

export interface Schema {
  /** A new store's first batch must include `schemaVersion`. */
  readonly key: Uint8Array;
  readonly version: number;
  /** One per version, in any order. Never change a released migration. */
  readonly migrations: readonly Migration[];
}

export function schemaVersion({ key, version }: Schema): WriteOperation {
  return { kind: "put", key, value: bigintToMinimalBytes(BigInt(version)) };
}

/** Undefined for an empty store. [SCHEMA-1] @throws SCHEMA_UNSUPPORTED */
export function storedVersion(store: KeyReader, { key }: Pick<Schema, "key">): number | undefined {
  const stored = store.get(key);
  if (stored !== undefined) return Number(bytesToBigint(stored));
  for (const _ of store.range({ countMax: 1 }))
    throw storageErrors.SCHEMA_UNSUPPORTED({ reason: "unknown schema" });
  return undefined;
}

/** [SCHEMA-3] @throws SCHEMA_UNSUPPORTED */
export function knownVersion(store: KeyReader, schema: Schema): number | undefined {
  const stored = storedVersion(store, schema);
  if (stored === undefined || stored <= schema.version) return stored;
  throw storageErrors.SCHEMA_UNSUPPORTED({
    reason: "newer than this version",
    stored,
    known: schema.version,
  });
}

/**
 * @returns names of the applied migrations [SCHEMA-2] [SCHEMA-3]
 * @throws SCHEMA_UNSUPPORTED
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
    throw storageErrors.SCHEMA_UNSUPPORTED({
      reason: "migration missing",
      missing: `${from} to ${from + 1}`,
      known: version,
    });
  return step;
}
