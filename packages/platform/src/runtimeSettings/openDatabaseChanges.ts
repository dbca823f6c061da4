import { sql } from "kysely";
import { type AtRest, sealedTexts, type TextCipher } from "../atRest/index.ts";
import type { Database, SchemaDatabase, SchemaStep } from "../db/index.ts";
import type { ChangeStore, LatestChanges } from "./ChangeStore.ts";
import { requireVersion } from "./createMemoryChanges.ts";
import type { NewSettingChange, SettingChange } from "./RuntimeSettings.ts";

interface ChangeTables {
  setting_changes: {
    version: bigint;
    key: string;
    value: string | null;
    changed_by: string;
    reason: string;
    time_ms: bigint;
  };
}

interface Tables extends SchemaDatabase<ChangeTables> {
  readonly ciphers: Readonly<Record<"changed_by" | "reason", TextCipher>>;
}

const STEPS: readonly SchemaStep[] = [
  {
    name: "dynamic-001",
    sql: (schema) => `
CREATE TABLE ${schema}.setting_changes (
  version bigint PRIMARY KEY,
  key text COLLATE "C" NOT NULL,
  value text,
  changed_by text NOT NULL,
  reason text NOT NULL CHECK (reason <> ''),
  time_ms bigint NOT NULL
);
CREATE INDEX setting_changes_key ON ${schema}.setting_changes (key, version);`,
  },
];

/** @param atRest encrypts authors and reasons */
export async function openDatabaseChanges(
  schema: string,
  { database, atRest }: { readonly database: Database; readonly atRest?: AtRest | undefined },
): Promise<ChangeStore> {
  const opened = await database.openSchema<ChangeTables>(schema, STEPS);
  const place = { table: "setting_changes", row: "version::text" };
  const ciphers = await sealedTexts(atRest, opened, { changed_by: place, reason: place });
  const tables = { ...opened, ciphers };
  return {
    latest: () => readLatest(tables),
    append: (change, timeMs) => insertChange(tables, change, timeMs),
    async history(key, before, limit) {
      let query = tables.db.selectFrom("setting_changes").selectAll().orderBy("version", "desc").limit(limit);
      if (key !== undefined) query = query.where("key", "=", key);
      if (before !== undefined) query = query.where("version", "<", BigInt(before));
      return (await query.execute()).map((row) => changeOf(row, tables));
    },
    listen: (hear) => database.listen(channelOf(tables), hear),
  };
}

function channelOf({ schema }: Tables): string {
  return `${schema}_news`;
}

/** Serialized. Refuses changes based on older versions. */
async function insertChange(
  tables: Tables,
  { key, value, by, reason, basedOn }: NewSettingChange,
  timeMs: number,
): Promise<SettingChange> {
  const channel = channelOf(tables);
  return tables.transaction(async (transaction) => {
    await sql`SELECT pg_advisory_xact_lock(hashtext(${channel}))`.execute(transaction);
    const { newest } = await transaction
      .selectFrom("setting_changes")
      .select(({ fn }) => fn.max("version").as("newest"))
      .executeTakeFirstOrThrow();
    const held = Number(newest ?? 0);
    requireVersion(basedOn, held);
    const version = held + 1;
    const row = {
      version: BigInt(version),
      key,
      value: value === undefined ? null : JSON.stringify(value),
      changed_by: tables.ciphers.changed_by.seal(String(version), by),
      reason: tables.ciphers.reason.seal(String(version), reason),
      time_ms: BigInt(timeMs),
    };
    await transaction.insertInto("setting_changes").values(row).execute();
    await sql`SELECT pg_notify(${channel}, ${String(version)})`.execute(transaction);
    return changeOf(row, tables);
  });
}

async function readLatest({ db }: Tables): Promise<LatestChanges> {
  const rows = await db
    .selectFrom("setting_changes")
    .distinctOn("key")
    .select(["key", "value", "version"])
    .orderBy("key")
    .orderBy("version", "desc")
    .execute();
  const values = rows.flatMap(({ key, value }): [string, unknown][] =>
    value === null ? [] : [[key, JSON.parse(value)]],
  );
  return { version: Math.max(0, ...rows.map((row) => Number(row.version))), values: new Map(values) };
}

function changeOf(row: ChangeTables["setting_changes"], { ciphers }: Tables): SettingChange {
  const place = String(row.version);
  return {
    version: Number(row.version),
    key: row.key,
    value: row.value === null ? undefined : JSON.parse(row.value),
    by: ciphers.changed_by.open(place, row.changed_by),
    reason: ciphers.reason.open(place, row.reason),
    timeMs: Number(row.time_ms),
  };
}
