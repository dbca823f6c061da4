import { bytesEqual, bytesToHex, silentLog, silentMetrics } from "@trellis/base";
import { type Database, openDatabase } from "@trellis/platform/db";
import { systemClock, systemRandom, systemScheduler } from "@trellis/platform/system";
import { createTransparencyLog, type LogStore, leafHash, logErrors, nodeHash } from "@trellis/reserves/log";
import { storageErrors } from "@trellis/storage";

const PAGE = 1_000;

/** Starts a restored database, which replays its log, and recomputes its hashes. @throws STORE_CORRUPT */
export async function proveDatabase(directory: string): Promise<string> {
  const ports = {
    log: silentLog,
    metrics: silentMetrics,
    clock: systemClock,
    scheduler: systemScheduler,
    random: systemRandom,
  };
  const database = openDatabase({ url: `pglite:${directory}` }, ports);
  try {
    const tables = await tablesOf(database);
    let rows = 0n;
    for (const { schema, table } of tables) rows += await countOf(database, schema, table);
    const proofs = [`${tables.length} tables, ${rows} rows`];
    for (const { schema } of tables.filter(({ table }) => table === "log_head"))
      proofs.push(await proveLog(database, schema, directory));
    for (const { schema } of tables.filter(({ hasChain }) => hasChain))
      proofs.push(await proveAuditLog(database, schema, directory));
    return proofs.join(", ");
  } finally {
    await database.close();
  }
}

interface FoundTable {
  readonly schema: string;
  readonly table: string;
  /** Each row contains the hash of the one before. */
  readonly hasChain: boolean;
}

async function tablesOf(database: Database): Promise<FoundTable[]> {
  const { rows } = await database.query(`
    SELECT schemaname AS schema, tablename AS "table", EXISTS (
      SELECT FROM information_schema.columns AS c WHERE c.table_schema = schemaname
        AND c.table_name = tablename AND c.column_name = 'previous_hash'
    ) AS "hasChain"
    FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1, 2`);
  return rows as unknown as FoundTable[];
}

async function countOf(database: Database, schema: string, table: string): Promise<bigint> {
  const { rows } = await database.query(`SELECT count(*) AS n FROM "${schema}"."${table}"`);
  return rows[0]!.n as bigint;
}

/** Compares the root of all entries with that of the stored tiles. */
async function proveLog(database: Database, schema: string, directory: string): Promise<string> {
  const store = logStoreIn(database, schema);
  const size = await store.size();
  const computed = new RootHash();
  for (let start = 0; start < size; start += PAGE) {
    const entries = await store.readEntries(start, Math.min(start + PAGE, size));
    for (const entry of entries) computed.add(leafHash(entry));
  }
  const root = await createTransparencyLog({ store }).root(size);
  if (computed.size !== size || (size > 0 && !bytesEqual(computed.root(), root)))
    throw storageErrors.STORE_CORRUPT({
      dataDir: directory,
      schema,
      reason: "log entries do not match its root",
    });
  return `log of ${size} entries, root ${bytesToHex(root)}`;
}

/** Without the service, which would migrate the tables. */
function logStoreIn(database: Database, schema: string): LogStore {
  const ask = async (text: string, parameters: readonly unknown[] = []) =>
    (await database.query(text, parameters)).rows;
  return {
    size: async () => Number((await ask(`SELECT size FROM "${schema}".log_head`))[0]!.size),
    async readTile(level, index) {
      const tile = `SELECT hashes FROM "${schema}".log_tiles WHERE level = $1 AND place = $2`;
      const [row] = await ask(tile, [level, index]);
      return row && new Uint8Array(row.hashes as Uint8Array);
    },
    async readEntries(start, end) {
      const entries = `SELECT bytes FROM "${schema}".log_entries WHERE place >= $1 AND place < $2 ORDER BY place`;
      return (await ask(entries, [start, end])).map(({ bytes }) => new Uint8Array(bytes as Uint8Array));
    },
    commit: () => Promise.reject(logErrors.LOG_APPEND_CONFLICT({ reason: "only for reading" })),
  };
}

async function proveAuditLog(database: Database, schema: string, directory: string): Promise<string> {
  const { rows } = await database.query(`
    SELECT count(*) AS "count", count(*) FILTER (WHERE sequence <> place
      OR (before IS NOT NULL AND before <> previous_hash)) AS wrong
    FROM (SELECT sequence, previous_hash, lag(hash) OVER (ORDER BY sequence) AS before,
      min(sequence) OVER () + row_number() OVER (ORDER BY sequence) - 1 AS place
      FROM "${schema}".entries) AS entry`);
  const { count, wrong } = rows[0] as unknown as { readonly count: bigint; readonly wrong: bigint };
  if (wrong > 0n)
    throw storageErrors.STORE_CORRUPT({ dataDir: directory, schema, reason: "audit log interrupted" });
  return `${schema} of ${count} entries`;
}

/** RFC 9162, section 2.1.1, computed entry by entry: one complete subtree per bit of the size. */
class RootHash {
  readonly #subtrees: Uint8Array[] = [];
  size = 0;

  add(leaf: Uint8Array): void {
    let hash = leaf;
    for (let rest = this.size; rest % 2 === 1; rest = (rest - 1) / 2)
      hash = nodeHash(this.#subtrees.pop()!, hash);
    this.#subtrees.push(hash);
    this.size++;
  }

  root(): Uint8Array {
    return this.#subtrees.reduceRight((right, left) => nodeHash(left, right));
  }
}
