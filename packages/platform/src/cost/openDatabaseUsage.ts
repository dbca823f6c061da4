import { type RawBuilder, sql } from "kysely";
import type { AtRest, TextCipher } from "../atRest/index.ts";
import type { Database, SchemaDatabase, SchemaStep } from "../db/index.ts";
import { dayOf } from "./day.ts";
import type { StorageSample } from "./forecastStorage.ts";
import type { Prices } from "./prices.ts";
import { OTHER, OTHER_TENANT } from "./Usage.ts";
import type { DayUsage } from "./UsageMeter.ts";
import type { ServiceSample, UsageQuery, UsageRow, UsageStore } from "./UsageStore.ts";

interface UsageTables {
  callers: {
    day: string;
    /** Index of the tenant's name, `other`, or empty. */
    tenant: string;
    key: string;
    requests: bigint;
    bytes_in: bigint;
    bytes_out: bigint;
  };
  tenants: { id: string; name: string };
  days: {
    day: string;
    cpu_us: bigint;
    gas_wei: string;
    stored_bytes: bigint;
    used_bytes: bigint;
    sampled_ms: bigint;
    prices: string;
    is_reported: boolean;
  };
  reached: { key: string };
}

const STEPS: readonly SchemaStep[] = [
  {
    name: "cost-001",
    sql: (schema) => `
CREATE TABLE ${schema}.callers (
  day text COLLATE "C" NOT NULL,
  tenant text COLLATE "C" NOT NULL,
  key text COLLATE "C" NOT NULL,
  requests bigint NOT NULL,
  bytes_in bigint NOT NULL,
  bytes_out bigint NOT NULL,
  PRIMARY KEY (day, tenant, key)
);
CREATE TABLE ${schema}.tenants (id text PRIMARY KEY, name text NOT NULL);
CREATE TABLE ${schema}.days (
  day text COLLATE "C" PRIMARY KEY,
  cpu_us bigint NOT NULL,
  gas_wei numeric(78, 0) NOT NULL DEFAULT 0,
  stored_bytes bigint NOT NULL,
  used_bytes bigint NOT NULL,
  sampled_ms bigint NOT NULL,
  prices text NOT NULL,
  is_reported boolean NOT NULL DEFAULT false
);
CREATE TABLE ${schema}.reached (key text PRIMARY KEY);`,
  },
];

const ROWS_AT_ONCE = 500;
const NEW_DAY = { cpu_us: 0n, gas_wei: "0", is_reported: false } as const;

/** One schema per service. [COST-4] */
class DatabaseUsage implements UsageStore {
  readonly #tables: Tables;
  readonly #cipher: TextCipher;
  readonly #index: (tenant: string) => Buffer;

  constructor(tables: Tables, cipher: TextCipher, index: (tenant: string) => Buffer) {
    this.#tables = tables;
    this.#cipher = cipher;
    this.#index = index;
  }

  async add(usage: DayUsage, sample: ServiceSample): Promise<void> {
    await this.#tables.transaction(async (tx) => {
      if (usage.day === sample.day) await addSample(tx, sample);
      else await addDay(tx, usage.day, sample);
      await this.#addTenants(tx, usage);
      await addCallers(tx, usage, (tenant) => this.#idOf(tenant));
    });
  }

  async setGas(day: string, wei: bigint): Promise<void> {
    const { db } = this.#tables;
    await db
      .updateTable("days")
      .set({ gas_wei: String(wei) })
      .where("day", "=", day)
      .execute();
  }

  async read({ from, to, by, tenant, after, limit }: UsageQuery): Promise<UsageRow[]> {
    const all = by === "service" ? serviceRows(this.#tables) : callerRows(this.#tables, by);
    const { rows } = await sql<ReadRow>`
      SELECT * FROM (${all}) AS found
      WHERE day >= ${from} AND day <= ${to}
        AND (${tenant === undefined} OR tenant = ${this.#idOf(tenant)})
        AND position > ${after ?? ""} COLLATE "C"
      ORDER BY position LIMIT ${limit}`.execute(this.#tables.db);
    return rows.map((row) => ({ ...usageOf(row), tenant: this.#nameOf(row.tenant, row.name) }));
  }

  async samples(from: string, to: string): Promise<StorageSample[]> {
    const rows = await this.#tables.db
      .selectFrom("days")
      .select(["day", "used_bytes", "sampled_ms"])
      .where("day", ">=", from)
      .where("day", "<=", to)
      .execute();
    const samples = rows.map((row) => ({ ...row, timeMs: Number(row.sampled_ms) }));
    // A clock that was set back can have put a sample into another day.
    return samples
      .filter(({ day, timeMs }) => dayOf(timeMs) === day)
      .map(({ timeMs, used_bytes }) => ({ timeMs, usedBytes: Number(used_bytes) }));
  }

  async unreportedDays(from: string, to: string): Promise<string[]> {
    const rows = await this.#tables.db
      .selectFrom("days")
      .select("day")
      .where("is_reported", "=", false)
      .where("day", ">=", from)
      .where("day", "<=", to)
      .orderBy("day")
      .execute();
    return rows.map(({ day }) => day);
  }

  async markReported(day: string): Promise<void> {
    await this.#tables.db.updateTable("days").set({ is_reported: true }).where("day", "=", day).execute();
  }

  async hasReached(key: string): Promise<boolean> {
    const { db } = this.#tables;
    const found = await db.selectFrom("reached").select("key").where("key", "=", key).executeTakeFirst();
    return found !== undefined;
  }

  async markReached(keys: readonly string[]): Promise<void> {
    await this.#tables.db
      .insertInto("reached")
      .values(keys.map((key) => ({ key })))
      .onConflict((conflict) => conflict.column("key").doNothing())
      .execute();
  }

  async sweep(beforeDay: string): Promise<void> {
    const { db } = this.#tables;
    await db.deleteFrom("callers").where("day", "<", beforeDay).execute();
    await db.deleteFrom("days").where("day", "<", beforeDay).execute();
    await db.deleteFrom("tenants").where("id", "not in", db.selectFrom("callers").select("tenant")).execute();
  }

  #idOf(tenant: string | undefined): string {
    if (tenant === undefined) return "";
    return tenant === OTHER_TENANT ? OTHER : this.#index(tenant).toString("hex");
  }

  #nameOf(id: string, name: string | null): string | undefined {
    if (id === "") return undefined;
    return name === null ? id : this.#cipher.open(id, name);
  }

  async #addTenants(tx: Rows, { callers }: DayUsage): Promise<void> {
    const names = new Set(callers.flatMap(({ tenant }) => (tenant === undefined ? [] : [tenant])));
    names.delete(OTHER_TENANT);
    const rows = [...names].map((name) => {
      const id = this.#idOf(name);
      return { id, name: this.#cipher.seal(id, name) };
    });
    for (const part of inParts(rows.toSorted((a, b) => (a.id < b.id ? -1 : 1))))
      await tx
        .insertInto("tenants")
        .values(part)
        .onConflict((conflict) => conflict.column("id").doNothing())
        .execute();
  }
}

export async function openDatabaseUsage(
  database: Database,
  schema: string,
  atRest: AtRest,
): Promise<UsageStore> {
  const tables = await database.openSchema<UsageTables>(schema, STEPS);
  const { name } = await atRest.texts(tables, { name: { table: "tenants", row: "id" } });
  return new DatabaseUsage(tables, name, atRest.index(`${schema}.tenants.id`));
}

type Tables = SchemaDatabase<UsageTables>;
type Rows = Tables["db"];

async function addSample(tx: Rows, sample: ServiceSample): Promise<void> {
  const row = rowOf(sample);
  await tx
    .insertInto("days")
    .values({ ...row, ...NEW_DAY, day: sample.day, cpu_us: BigInt(sample.cpuMicros) })
    .onConflict((conflict) =>
      conflict.column("day").doUpdateSet({ ...row, cpu_us: sql`days.cpu_us + excluded.cpu_us` }),
    )
    .execute();
}

async function addDay(tx: Rows, day: string, sample: ServiceSample): Promise<void> {
  await tx
    .insertInto("days")
    .values({ ...rowOf(sample), ...NEW_DAY, day })
    .onConflict((conflict) => conflict.column("day").doNothing())
    .execute();
}

async function addCallers(
  tx: Rows,
  { day, callers }: DayUsage,
  idOf: (tenant: string | undefined) => string,
): Promise<void> {
  const rows = callers.map(({ tenant, key, requests, bytesIn, bytesOut }) => ({
    day,
    tenant: idOf(tenant),
    key,
    requests: BigInt(requests),
    bytes_in: BigInt(bytesIn),
    bytes_out: BigInt(bytesOut),
  }));
  // The same order in all processes prevents deadlocks.
  const sorted = rows.toSorted((a, b) => (a.tenant + a.key < b.tenant + b.key ? -1 : 1));
  for (const part of inParts(sorted))
    await tx
      .insertInto("callers")
      .values(part)
      .onConflict((conflict) =>
        conflict.columns(["day", "tenant", "key"]).doUpdateSet({
          requests: sql`callers.requests + excluded.requests`,
          bytes_in: sql`callers.bytes_in + excluded.bytes_in`,
          bytes_out: sql`callers.bytes_out + excluded.bytes_out`,
        }),
      )
      .execute();
}

function usageOf(row: ReadRow): Omit<UsageRow, "tenant"> {
  return {
    day: row.day,
    key: row.key ?? undefined,
    usage: {
      requests: BigInt(row.requests),
      bytesIn: BigInt(row.bytes_in),
      bytesOut: BigInt(row.bytes_out),
      cpuMicros: BigInt(row.cpu_us),
      storedBytes: BigInt(row.stored_bytes),
      gasWei: BigInt(row.gas_wei),
    },
    prices: JSON.parse(row.prices) as Prices,
    position: row.position,
  };
}

interface ReadRow {
  readonly day: string;
  readonly tenant: string;
  readonly name: string | null;
  readonly key: string | null;
  readonly requests: string;
  readonly bytes_in: string;
  readonly bytes_out: string;
  readonly cpu_us: string;
  readonly stored_bytes: string;
  readonly gas_wei: string;
  readonly prices: string;
  readonly position: string;
}

const SUMS = sql`coalesce(sum(requests), 0)::text AS requests, coalesce(sum(bytes_in), 0)::text AS bytes_in,
  coalesce(sum(bytes_out), 0)::text AS bytes_out`;

function serviceRows({ schema }: Tables): RawBuilder<unknown> {
  return sql`
    SELECT d.day, '' AS tenant, NULL AS name, NULL AS key, ${SUMS}, d.cpu_us::text AS cpu_us,
      d.stored_bytes::text AS stored_bytes, d.gas_wei::text AS gas_wei, d.prices, d.day AS position
    FROM ${sql.table(`${schema}.days`)} d LEFT JOIN ${sql.table(`${schema}.callers`)} c ON c.day = d.day
    GROUP BY d.day`;
}

function callerRows({ schema }: Tables, by: "tenant" | "key"): RawBuilder<unknown> {
  const key = by === "key" ? sql`c.key` : sql`NULL`;
  const group = by === "key" ? sql`, c.key` : sql``;
  const position =
    by === "key" ? sql`c.day || ' ' || c.tenant || ' ' || c.key` : sql`c.day || ' ' || c.tenant`;
  return sql`
    SELECT c.day, c.tenant, t.name, ${key} AS key, ${SUMS}, '0' AS cpu_us, '0' AS stored_bytes,
      '0' AS gas_wei, d.prices, ${position} AS position
    FROM ${sql.table(`${schema}.callers`)} c JOIN ${sql.table(`${schema}.days`)} d ON d.day = c.day
      LEFT JOIN ${sql.table(`${schema}.tenants`)} t ON t.id = c.tenant
    GROUP BY c.day, c.tenant, t.name, d.prices${group}`;
}

function rowOf({ storedBytes, usedBytes, sampledMs, prices }: ServiceSample) {
  return {
    stored_bytes: BigInt(storedBytes),
    used_bytes: BigInt(usedBytes),
    sampled_ms: BigInt(sampledMs),
    prices: JSON.stringify(prices),
  };
}

function inParts<T>(rows: readonly T[]): T[][] {
  const parts: T[][] = [];
  for (let at = 0; at < rows.length; at += ROWS_AT_ONCE) parts.push(rows.slice(at, at + ROWS_AT_ONCE));
  return parts;
}
