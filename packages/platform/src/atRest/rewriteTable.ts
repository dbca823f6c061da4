import type { Database } from "../db/index.ts";

/** Uses CLUSTER, because VACUUM cannot run in a transaction. */
export async function rewriteTable(database: Database, table: string): Promise<void> {
  const { rows } = await database.query(
    `SELECT part.oid::regclass::text AS part, key.relname AS index FROM pg_class AS part
     JOIN pg_index ON indrelid = part.oid AND indisprimary JOIN pg_class AS key ON key.oid = indexrelid
     WHERE part.relkind = 'r' AND (part.oid = $1::regclass
       OR part.oid IN (SELECT relid FROM pg_partition_tree($1::regclass)))`,
    [table],
  );
  for (const { part, index } of rows)
    await database.script(
      `BEGIN; SET LOCAL statement_timeout = 0; CLUSTER ${part} USING "${index}"; COMMIT;`,
    );
}
