import { LruMap } from "@trellis/base";
import type { Database } from "@trellis/platform/db";

export type SeriesStorage = "timescaledb" | "partitions" | "memory";

const HAS_TIMESCALE = "EXISTS (SELECT FROM pg_extension WHERE extname = 'timescaledb')";
const CHUNK_MS = 7 * 86_400_000;
const MONTHS_KNOWN_MAX = 120;

/** @param columns must have a primary key that includes `series_ms` */
export function seriesTable(schema: string, name: string, columns: string): string {
  const table = `${schema}.${name}`;
  return `
DO $$
BEGIN
  IF ${HAS_TIMESCALE} THEN
    CREATE TABLE ${table} (${columns});
    PERFORM create_hypertable('${table}', 'series_ms', chunk_time_interval => ${CHUNK_MS}::bigint);
  ELSE
    CREATE TABLE ${table} (${columns}) PARTITION BY RANGE (series_ms);
  END IF;
END
$$;`;
}

interface Series {
  readonly storage: SeriesStorage;
  /** Call before inserting rows of this time. */
  prepare(seriesMs: number): Promise<void>;
}

/** Creates monthly partitions (UTC) on demand; TimescaleDB needs none. */
export async function openSeries(
  database: Pick<Database, "query" | "script">,
  schema: string,
  tables: readonly string[],
): Promise<Series> {
  const { rows } = await database.query(`SELECT ${HAS_TIMESCALE} AS has`);
  if ((rows[0] as { has?: boolean } | undefined)?.has === true)
    return { storage: "timescaledb", prepare: async () => {} };
  const known = new LruMap<string, Promise<void>>(MONTHS_KNOWN_MAX);

  async function makeMonth(name: string, fromMs: number, toMs: number): Promise<void> {
    // Concurrent creation of a partition fails without a lock.
    const statements = tables.map(
      (table) =>
        `CREATE TABLE IF NOT EXISTS ${schema}.${table}_${name} PARTITION OF ${schema}.${table} FOR VALUES FROM (${fromMs}) TO (${toMs});`,
    );
    await database.script(
      `BEGIN;\nSELECT pg_advisory_xact_lock(hashtext('${schema} series'));\n${statements.join("\n")}\nCOMMIT;`,
    );
  }

  return {
    storage: "partitions",
    async prepare(seriesMs) {
      const date = new Date(seriesMs);
      const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
      const name = `${year}_${String(month + 1).padStart(2, "0")}`;
      const making = known.get(name) ?? makeMonth(name, Date.UTC(year, month), Date.UTC(year, month + 1));
      known.set(name, making);
      try {
        await making;
      } catch (error) {
        known.delete(name);
        throw error;
      }
    },
  };
}
