import { isDeepStrictEqual } from "node:util";
import type { Clock, Log, Scheduler, Timer } from "@trellis/base";
import { sql } from "kysely";
import type { Setting, SettingsDefinition } from "../config/Setting.ts";
import type { Database, SchemaDatabase, SchemaStep } from "../db/index.ts";
import type {
  DynamicSettings,
  NewSettingChange,
  SettingChange,
  SettingsListener,
} from "./DynamicSettings.ts";
import { dynamicErrors } from "./errors.ts";

interface ChangeTables {
  setting_changes: {
    version: bigint;
    key: string;
    /** JSON; null where the setting was given back. */
    value: string | null;
    changed_by: string;
    reason: string;
    time_ms: bigint;
  };
}

/** After a look that failed: what was changed counts in this process only once it was read. */
const LOOK_AGAIN_MS = 1_000;
const REASON_CHARS_MAX = 500;
const VALUE_CHARS_MAX = 65_536;

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

export interface DynamicOptions<T extends object> {
  readonly schema: string;
  /** The settings that may change; those of them count that are marked `isDynamic`. */
  readonly definition: SettingsDefinition<T>;
  /** What file and flags say. */
  readonly base: T;
}

export interface DynamicPorts {
  readonly database: Database;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly log: Log;
}

/** What is in the database that no longer fits (an older program wrote it) is told and does not count. */
export async function openDynamicSettings<T extends object>(
  { schema, definition, base: first }: DynamicOptions<T>,
  { database, clock, scheduler, log }: DynamicPorts,
): Promise<DynamicSettings<T>> {
  const tables = await database.openSchema<ChangeTables>(schema, STEPS);
  const channel = `${schema}_news`;
  const keys = (Object.keys(definition.settings) as (keyof T & string)[]).filter(
    (key) => definition.settings[key].isDynamic === true,
  );
  const listeners = new Set<SettingsListener<T>>();
  let base = first;
  let overrides = new Map<keyof T & string, unknown>();
  let version = 0;
  let current = first;

  const settingOf = (key: string): { key: keyof T & string; setting: Setting } => {
    const known = keys.find((candidate) => candidate === key);
    if (known === undefined) throw dynamicErrors.DYNAMIC_KEY_UNKNOWN({ key: key.slice(0, 80) });
    return { key: known, setting: definition.settings[known] };
  };

  function apply(): void {
    const next = { ...base, ...Object.fromEntries(overrides) };
    const changed = keys.filter((key) => !isDeepStrictEqual(current[key], next[key]));
    current = next;
    if (changed.length === 0) return;
    for (const listener of listeners) listener(current, new Set(changed));
  }

  async function look(): Promise<void> {
    const read = await readOverrides(tables);
    if (read.version <= version) return;
    const next = new Map<keyof T & string, unknown>();
    for (const { key, value } of read.values) {
      const known = keys.find((candidate) => candidate === key);
      const result = known && definition.settings[known].type.safeParse(JSON.parse(value));
      if (known === undefined || result?.success !== true)
        log.warn("a changed setting does not count", { key });
      else next.set(known, result.data);
    }
    [overrides, version] = [next, read.version];
    apply();
  }

  /** One look after another, so that an older one never wins. */
  let looking: Promise<void> = Promise.resolve();
  let timer: Timer | undefined;
  let isClosed = false;
  const lookAgain = (): Promise<void> => {
    const mine = looking.then(look);
    looking = mine.catch((error: unknown) => {
      log.warn("settings not read", { reason: String(error) });
      timer?.cancel();
      if (!isClosed) timer = scheduler.after(LOOK_AGAIN_MS, hear);
    });
    return mine;
  };
  const hear = (): void => void lookAgain().catch(() => {});
  const listening = await database.listen(channel, hear);
  const close = async (): Promise<void> => {
    isClosed = true;
    await listening.close();
    await looking;
    timer?.cancel();
  };
  try {
    await lookAgain();
  } catch (error) {
    await close();
    throw error;
  }

  return {
    keys,
    current: () => current,
    version: () => version,
    changed: () => new Set(overrides.keys()),
    async change(change) {
      requireReason(change);
      const { key, setting } = settingOf(change.key);
      requireValue(change.value, key, setting);
      const made = await insertChange(tables, channel, { ...change, key }, clock.nowMs());
      await lookAgain();
      return made;
    },
    async history(key, before, limit) {
      let query = tables.db.selectFrom("setting_changes").selectAll().orderBy("version", "desc").limit(limit);
      if (key !== undefined) query = query.where("key", "=", settingOf(key).key);
      if (before !== undefined) query = query.where("version", "<", BigInt(before));
      return (await query.execute()).map(changeOf);
    },
    watch(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    rebase(latest) {
      base = latest;
      apply();
    },
    close,
  };
}

function requireReason({ reason }: NewSettingChange): void {
  const isReason = reason.trim() !== "" && reason.length <= REASON_CHARS_MAX && !reason.includes("\0");
  if (!isReason) throw dynamicErrors.DYNAMIC_REASON_MISSING({ length: reason.length });
}

function requireValue(value: unknown, key: string, setting: Setting): void {
  if (value === undefined) return;
  const invalid = (expected: string | undefined) => dynamicErrors.DYNAMIC_VALUE_INVALID({ key, expected });
  const text = JSON.stringify(value);
  if (text === undefined || text.length > VALUE_CHARS_MAX || text.includes("\\u0000")) throw invalid("JSON");
  const result = setting.type.safeParse(value);
  if (!result.success) throw invalid(result.error.issues[0]?.message);
}

/** Changes take turns; what was decided on an older version is refused. */
async function insertChange(
  tables: SchemaDatabase<ChangeTables>,
  channel: string,
  { key, value, by, reason, basedOn }: NewSettingChange,
  timeMs: number,
): Promise<SettingChange> {
  return tables.transaction(async (transaction) => {
    await sql`SELECT pg_advisory_xact_lock(hashtext(${channel}))`.execute(transaction);
    const { newest } = await transaction
      .selectFrom("setting_changes")
      .select(({ fn }) => fn.max("version").as("newest"))
      .executeTakeFirstOrThrow();
    const held = Number(newest ?? 0);
    if (basedOn !== undefined && basedOn !== held) {
      throw dynamicErrors.DYNAMIC_VERSION_STALE({ got: basedOn, held });
    }
    const row = {
      version: BigInt(held + 1),
      key,
      value: value === undefined ? null : JSON.stringify(value),
      changed_by: by,
      reason,
      time_ms: BigInt(timeMs),
    };
    await transaction.insertInto("setting_changes").values(row).execute();
    await sql`SELECT pg_notify(${channel}, ${String(held + 1)})`.execute(transaction);
    return changeOf(row);
  });
}

async function readOverrides({ db }: SchemaDatabase<ChangeTables>) {
  const rows = await db
    .selectFrom("setting_changes")
    .distinctOn("key")
    .select(["key", "value", "version"])
    .orderBy("key")
    .orderBy("version", "desc")
    .execute();
  return {
    version: Math.max(0, ...rows.map((row) => Number(row.version))),
    values: rows.flatMap(({ key, value }) => (value === null ? [] : [{ key, value }])),
  };
}

function changeOf(row: ChangeTables["setting_changes"]): SettingChange {
  return {
    version: Number(row.version),
    key: row.key,
    value: row.value === null ? undefined : JSON.parse(row.value),
    by: row.changed_by,
    reason: row.reason,
    timeMs: Number(row.time_ms),
  };
}
