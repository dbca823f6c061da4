import { type Kysely, type Selectable, sql } from "kysely";
import type { Database, SchemaStep } from "../db/index.ts";
import type { AuditEntry, AuditHead, AuditStore } from "./AuditEntry.ts";

interface AuditTables {
  entries: {
    sequence: bigint;
    time_ms: bigint;
    actor: string;
    action: string;
    subject: string;
    outcome: string;
    correlation_id: string;
    facts: string;
    previous_hash: Uint8Array;
    hash: Uint8Array;
  };
}

const STEPS: readonly SchemaStep[] = [
  {
    name: "audit-001",
    sql: (schema) => `
CREATE TABLE ${schema}.entries (
  sequence bigint PRIMARY KEY CHECK (sequence >= 0),
  time_ms bigint NOT NULL,
  actor text NOT NULL,
  action text NOT NULL,
  subject text NOT NULL,
  outcome text NOT NULL CHECK (outcome IN ('done', 'refused', 'failed')),
  correlation_id text NOT NULL,
  facts text NOT NULL,
  previous_hash bytea NOT NULL CHECK (octet_length(previous_hash) = 32),
  hash bytea NOT NULL CHECK (octet_length(hash) = 32)
);
CREATE FUNCTION ${schema}.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the audit log is only appended to' USING ERRCODE = 'check_violation', CONSTRAINT = 'audit_append_only';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ${schema}.entries
  FOR EACH STATEMENT EXECUTE FUNCTION ${schema}.refuse();`,
  },
];

export async function openAuditStore(database: Database, schema: string): Promise<AuditStore> {
  const { db, transaction } = await database.openSchema<AuditTables>(schema, STEPS);
  return {
    head: () => readHead(db),
    append: (next) =>
      transaction(async (tx) => {
        await sql`SELECT pg_advisory_xact_lock(hashtext(${`${schema} audit`}))`.execute(tx);
        const entry = next(await readHead(tx));
        await tx.insertInto("entries").values(rowOf(entry)).execute();
        return entry;
      }),
    async read(fromSequence, limit) {
      const rows = await db
        .selectFrom("entries")
        .selectAll()
        .where("sequence", ">=", BigInt(fromSequence))
        .orderBy("sequence")
        .limit(limit)
        .execute();
      return rows.map(entryOf);
    },
  };
}

async function readHead(db: Kysely<AuditTables>): Promise<AuditHead | undefined> {
  const row = await db
    .selectFrom("entries")
    .select(["sequence", "hash"])
    .orderBy("sequence", "desc")
    .limit(1)
    .executeTakeFirst();
  return row && { sequence: Number(row.sequence), hash: new Uint8Array(row.hash) };
}

/** JSON escapes NUL characters and lone surrogates, which PostgreSQL cannot store. */
function rowOf(entry: AuditEntry) {
  return {
    sequence: BigInt(entry.sequence),
    time_ms: BigInt(entry.timeMs),
    actor: JSON.stringify(entry.actor),
    action: JSON.stringify(entry.action),
    subject: JSON.stringify(entry.subject),
    outcome: entry.outcome,
    correlation_id: JSON.stringify(entry.correlationId),
    facts: JSON.stringify(entry.facts),
    previous_hash: Buffer.from(entry.previousHash),
    hash: Buffer.from(entry.hash),
  };
}

function entryOf(row: Selectable<AuditTables["entries"]>): AuditEntry {
  return {
    sequence: Number(row.sequence),
    timeMs: Number(row.time_ms),
    actor: JSON.parse(row.actor),
    action: JSON.parse(row.action),
    subject: JSON.parse(row.subject),
    outcome: row.outcome as AuditEntry["outcome"],
    correlationId: JSON.parse(row.correlation_id),
    facts: JSON.parse(row.facts),
    previousHash: new Uint8Array(row.previous_hash),
    hash: new Uint8Array(row.hash),
  };
}
