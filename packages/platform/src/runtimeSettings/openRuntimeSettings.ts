import { isDeepStrictEqual } from "node:util";
import { type Clock, type Log, type Scheduler, SerialQueue, type Timer } from "@trellis/base";
import { sql } from "kysely";
import { type AtRest, sealedTexts, type TextCipher } from "../atRest/index.ts";
import type { Setting, SettingsDefinition } from "../config/Setting.ts";
import type { Database, Listening, SchemaDatabase, SchemaStep } from "../db/index.ts";
import { runtimeSettingsErrors } from "./errors.ts";
import type {
  NewSettingChange,
  RuntimeSettings,
  SettingChange,
  SettingsListener,
} from "./RuntimeSettings.ts";

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

export interface RuntimeSettingsOptions<T extends object> {
  readonly schema: string;
  readonly definition: SettingsDefinition<T>;
  readonly base: T;
}

export interface RuntimeSettingsPorts {
  readonly database: Database;
  /** Encrypts authors and reasons. */
  readonly atRest?: AtRest | undefined;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly log: Log;
}

export async function openRuntimeSettings<T extends object>(
  options: RuntimeSettingsOptions<T>,
  ports: RuntimeSettingsPorts,
): Promise<RuntimeSettings<T>> {
  const opened = await ports.database.openSchema<ChangeTables>(options.schema, STEPS);
  const place = { table: "setting_changes", row: "version::text" };
  const ciphers = await sealedTexts(ports.atRest, opened, { changed_by: place, reason: place });
  const tables = { ...opened, ciphers };
  const settings = new DatabaseSettings(options, ports, tables);
  await settings.open();
  return settings;
}

class DatabaseSettings<T extends object> implements RuntimeSettings<T> {
  readonly keys: readonly (keyof T & string)[];
  readonly #settings: SettingsDefinition<T>["settings"];
  readonly #ports: RuntimeSettingsPorts;
  readonly #tables: Tables;
  readonly #listeners = new Set<SettingsListener<T>>();
  #base: T;
  #overrides = new Map<keyof T & string, unknown>();
  #version = 0;
  #current: T;
  readonly #reads = new SerialQueue();
  #listening: Listening | undefined;
  #timer: Timer | undefined;
  #isClosed = false;

  constructor(
    { definition: { settings }, base }: RuntimeSettingsOptions<T>,
    ports: RuntimeSettingsPorts,
    tables: Tables,
  ) {
    this.keys = (Object.keys(settings) as (keyof T & string)[]).filter(
      (key) => settings[key].isRuntime === true,
    );
    this.#settings = settings;
    this.#ports = ports;
    this.#tables = tables;
    this.#base = base;
    this.#current = base;
  }

  async open(): Promise<void> {
    this.#listening = await this.#ports.database.listen(channelOf(this.#tables), () => this.#hear());
    try {
      await this.#refresh();
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  current(): T {
    return this.#current;
  }

  version(): number {
    return this.#version;
  }

  changed(): ReadonlySet<keyof T & string> {
    return new Set(this.#overrides.keys());
  }

  async change(change: NewSettingChange): Promise<SettingChange> {
    requireReason(change);
    const key = this.#keyOf(change.key);
    requireValue(change.value, key, this.#settings[key]);
    const made = await insertChange(this.#tables, { ...change, key }, this.#ports.clock.nowMs());
    await this.#refresh();
    return made;
  }

  async history(
    key: string | undefined,
    before: number | undefined,
    limit: number,
  ): Promise<SettingChange[]> {
    const { db } = this.#tables;
    let query = db.selectFrom("setting_changes").selectAll().orderBy("version", "desc").limit(limit);
    if (key !== undefined) query = query.where("key", "=", this.#keyOf(key));
    if (before !== undefined) query = query.where("version", "<", BigInt(before));
    return (await query.execute()).map((row) => changeOf(row, this.#tables));
  }

  watch(listener: SettingsListener<T>): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  rebase(base: T): void {
    this.#base = base;
    this.#apply();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#listening?.close();
    await this.#reads.idle();
    this.#timer?.cancel();
  }

  #keyOf(key: string): keyof T & string {
    const known = this.keys.find((candidate) => candidate === key);
    if (known === undefined) throw runtimeSettingsErrors.DYNAMIC_KEY_UNKNOWN({ key: key.slice(0, 80) });
    return known;
  }

  #hear(): void {
    this.#refresh().catch(() => {});
  }

  #refresh(): Promise<void> {
    return this.#reads.run(async () => {
      try {
        await this.#look();
      } catch (error) {
        this.#ports.log.warn("settings.readFailed", { reason: String(error) });
        this.#timer?.cancel();
        if (!this.#isClosed) this.#timer = this.#ports.scheduler.after(LOOK_AGAIN_MS, () => this.#hear());
        throw error;
      }
    });
  }

  /** Invalid stored values are logged and ignored. */
  async #look(): Promise<void> {
    const read = await readOverrides(this.#tables);
    if (read.version <= this.#version) return;
    const next = new Map<keyof T & string, unknown>();
    for (const { key, value } of read.values) {
      const known = this.keys.find((candidate) => candidate === key);
      const result = known && this.#settings[known].type.safeParse(JSON.parse(value));
      if (known === undefined || result?.success !== true)
        this.#ports.log.warn("settings.ignored", { key, message: "The stored value is no longer valid." });
      else next.set(known, result.data);
    }
    [this.#overrides, this.#version] = [next, read.version];
    this.#apply();
  }

  #apply(): void {
    const next = { ...this.#base, ...Object.fromEntries(this.#overrides) };
    const changed = this.keys.filter((key) => !isDeepStrictEqual(this.#current[key], next[key]));
    this.#current = next;
    if (changed.length === 0) return;
    for (const listener of this.#listeners) listener(this.#current, new Set(changed));
  }
}

function channelOf({ schema }: Tables): string {
  return `${schema}_news`;
}

function requireReason({ reason }: NewSettingChange): void {
  const isReason = reason.trim() !== "" && reason.length <= REASON_CHARS_MAX && !reason.includes("\0");
  if (!isReason)
    throw runtimeSettingsErrors.DYNAMIC_VALUE_INVALID({
      field: "reason",
      expected: "1 to 500 characters",
      length: reason.length,
    });
}

function requireValue(value: unknown, key: string, setting: Setting): void {
  if (value === undefined) return;
  const invalid = (expected: string | undefined) =>
    runtimeSettingsErrors.DYNAMIC_VALUE_INVALID({ key, expected });
  const text = JSON.stringify(value);
  if (text === undefined || text.length > VALUE_CHARS_MAX || text.includes("\\u0000")) throw invalid("JSON");
  const result = setting.type.safeParse(value);
  if (!result.success) throw invalid(result.error.issues[0]?.message);
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
    if (basedOn !== undefined && basedOn !== held) {
      throw runtimeSettingsErrors.DYNAMIC_VERSION_STALE({ got: basedOn, held });
    }
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

async function readOverrides({ db }: Tables) {
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
