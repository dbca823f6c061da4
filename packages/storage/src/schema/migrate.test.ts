import { beforeEach, expect, it } from "vitest";
import { createMemoryStore } from "../store/createMemoryStore.ts";
import type { KeyValueStore, WriteOperation } from "../store/KeyValueStore.ts";
import { knownVersion, type Migration, migrate, schemaVersion, storedVersion } from "./migrate.ts";

const key = Uint8Array.of(1, 1);
const at = Uint8Array.of(2, 1);
const put = (value: number): WriteOperation => ({ kind: "put", key: at, value: Uint8Array.of(value) });
const step = (from: number): Migration => ({
  from,
  name: `from ${from}`,
  *run(stored) {
    yield put(stored.get(at)![0]! * 10 + from);
  },
});
const migrations = [step(3), step(1), step(2)];
const schema = { key, version: 3, migrations };

let store: KeyValueStore;
beforeEach(() => {
  store = createMemoryStore();
});
const begin = (version: number) => store.write([put(0), schemaVersion({ ...schema, version })]);

it("SCHEMA-2: runs the steps from the stored version to the schema's, in order, and once", async () => {
  await begin(1);
  expect(await migrate(store, schema)).toEqual(["from 1", "from 2"]);
  expect(store.get(at)).toEqual(Uint8Array.of(12));
  expect(storedVersion(store, schema)).toBe(3);
  expect(await migrate(store, schema)).toEqual([]);
  expect(await migrate(store, { ...schema, version: 4 })).toEqual(["from 3"]);
  expect(store.get(at)).toEqual(Uint8Array.of(123));
});

it("does not change an empty store", async () => {
  expect(await migrate(store, schema)).toEqual([]);
  expect([...store.range({})]).toEqual([]);
});

it("SCHEMA-2: a failed step leaves the previous version intact", async () => {
  await begin(1);
  const failing: Migration = {
    from: 2,
    name: "failing",
    *run() {
      yield put(99);
      throw new Error("the step fails");
    },
  };
  await expect(migrate(store, { ...schema, migrations: [step(1), failing] })).rejects.toThrow(
    "the step fails",
  );
  expect(storedVersion(store, schema)).toBe(2);
  expect(store.get(at)).toEqual(Uint8Array.of(1));
  expect(await migrate(store, schema)).toEqual(["from 2"]);
});

it("SCHEMA_UNSUPPORTED", async () => {
  await begin(300);
  const newer = {
    code: "SCHEMA_UNSUPPORTED",
    facts: { reason: "newer than this version", stored: 300, known: 3 },
  };
  await expect(migrate(store, schema)).rejects.toMatchObject(newer);
  expect(() => knownVersion(store, schema)).toThrow(expect.objectContaining(newer));
});

it("SCHEMA_UNSUPPORTED: does nothing if a later step is missing", async () => {
  await begin(1);
  const gap = { code: "SCHEMA_UNSUPPORTED", facts: { reason: "migration missing" } };
  await expect(migrate(store, { ...schema, migrations: [step(1)] })).rejects.toMatchObject(gap);
  await expect(migrate(store, { ...schema, migrations: [step(2)] })).rejects.toMatchObject(gap);
  expect(storedVersion(store, schema)).toBe(1);
});

it("SCHEMA_UNSUPPORTED: data without a version", async () => {
  await store.write([put(1)]);
  await expect(migrate(store, schema)).rejects.toMatchObject({
    code: "SCHEMA_UNSUPPORTED",
    facts: { reason: "unknown schema" },
  });
});
