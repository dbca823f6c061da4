import { sql, type Transaction } from "kysely";
import type { LedgerTables } from "./LedgerTables.ts";
import { PARTITION_ENTRIES } from "./limits.ts";

/** A separate table makes keys unique across partitions. */
export function partitions(schema: string): string {
  const guarded = "BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE";
  return `
ALTER TABLE ${schema}.entries RENAME TO entries_0;
DROP TRIGGER append_only ON ${schema}.entries_0;
DROP TRIGGER follow ON ${schema}.entries_0;
ALTER TABLE ${schema}.entries_0 DROP CONSTRAINT ledger_key_once;
ALTER TABLE ${schema}.entries_0 RENAME CONSTRAINT entries_pkey TO entries_0_pkey;
CREATE TABLE ${schema}.entry_keys (
  key text COLLATE "C" NOT NULL, position bigint NOT NULL, CONSTRAINT ledger_key_once PRIMARY KEY (key)
);
INSERT INTO ${schema}.entry_keys (key, position) SELECT key, position FROM ${schema}.entries_0;
CREATE TABLE ${schema}.entries (LIKE ${schema}.entries_0 INCLUDING DEFAULTS INCLUDING CONSTRAINTS)
  PARTITION BY RANGE (position);
ALTER TABLE ${schema}.entries ADD PRIMARY KEY (position),
  ADD FOREIGN KEY (customer_id) REFERENCES ${schema}.customers,
  ADD FOREIGN KEY (asset_id) REFERENCES ${schema}.assets;
DO $$
BEGIN
  EXECUTE format('ALTER TABLE ${schema}.entries ATTACH PARTITION ${schema}.entries_0 FOR VALUES FROM (MINVALUE) TO (%s)',
    (SELECT (position / ${PARTITION_ENTRIES} + 1) * ${PARTITION_ENTRIES} FROM ${schema}.head));
END
$$;
CREATE FUNCTION ${schema}.keep_keys() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO ${schema}.entry_keys (key, position) SELECT key, position FROM added;
  RETURN NULL;
END
$$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ${schema}.entries
  FOR EACH STATEMENT EXECUTE FUNCTION ${schema}.refuse();
CREATE TRIGGER append_only ${guarded} ON ${schema}.entries_0
  FOR EACH STATEMENT EXECUTE FUNCTION ${schema}.refuse();
CREATE TRIGGER derived ${guarded} ON ${schema}.entry_keys
  FOR EACH STATEMENT EXECUTE FUNCTION ${schema}.guard();
CREATE TRIGGER follow AFTER INSERT ON ${schema}.entries
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION ${schema}.follow_entries();
CREATE TRIGGER keys AFTER INSERT ON ${schema}.entries
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION ${schema}.keep_keys();`;
}

/** Call with the head locked. Attaching a partition blocks writers of customers and assets until commit. */
export async function makeRoom(
  transaction: Transaction<LedgerTables>,
  schema: string,
  upTo: bigint,
): Promise<void> {
  const run = (text: string) => sql.raw(text).execute(transaction);
  for (let from = await endOfParts(transaction, schema); from <= upTo; from += PARTITION_ENTRIES) {
    const part = `${schema}.entries_${from}`;
    await run(`CREATE TABLE ${part} (LIKE ${schema}.entries INCLUDING DEFAULTS INCLUDING CONSTRAINTS)`);
    await run(`ALTER TABLE ${part}
      ADD CONSTRAINT ledger_sequence_once_${from} UNIQUE (customer_id, asset_id, is_debt, sequence)`);
    // Statements on a partition do not fire the parent's triggers.
    await run(`CREATE TRIGGER append_only BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON ${part}
      FOR EACH STATEMENT EXECUTE FUNCTION ${schema}.refuse()`);
    await run(`ALTER TABLE ${schema}.entries ATTACH PARTITION ${part}
      FOR VALUES FROM (${from}) TO (${from + PARTITION_ENTRIES})`);
  }
}

async function endOfParts(transaction: Transaction<LedgerTables>, schema: string): Promise<bigint> {
  const { rows } = await sql<{ ends: bigint }>`
    SELECT max(substring(pg_get_expr(part.relpartbound, part.oid) FROM 'TO \\(''?(\\d+)')::bigint) AS ends
    FROM pg_inherits JOIN pg_class AS part ON part.oid = inhrelid
    WHERE inhparent = ${`${schema}.entries`}::regclass`.execute(transaction);
  return rows[0]!.ends;
}
