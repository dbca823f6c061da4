import { type Kysely, type Selectable, sql } from "kysely";
import { type AtRest, sealedTexts, type TextCipher } from "../atRest/index.ts";
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
  { name: "audit-002-encrypted", sql: encrypted },
];

const SEALED = ["actor", "subject", "correlation_id", "facts"] as const;
type Ciphers = Readonly<Record<(typeof SEALED)[number], TextCipher>>;
const PREFIX_CHARS = 13;

/** SQL condition of the only permitted update: encryption under another key. */
function encrypted(schema: string): string {
  const kept = ["sequence", "time_ms", "action", "outcome", "previous_hash", "hash"];
  const isSealed = (column: string): string =>
    `(NEW.${column} = OLD.${column} OR (left(NEW.${column}, 1) = '~' AND
      left(NEW.${column}, ${PREFIX_CHARS}) <> left(OLD.${column}, ${PREFIX_CHARS})))`;
  return `
DROP TRIGGER append_only ON ${schema}.entries;
CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON ${schema}.entries
  FOR EACH STATEMENT EXECUTE FUNCTION ${schema}.refuse();
CREATE TRIGGER same_content BEFORE UPDATE ON ${schema}.entries FOR EACH ROW
  WHEN (NOT (${[...kept.map((column) => `NEW.${column} = OLD.${column}`), ...SEALED.map(isSealed)].join(" AND ")}))
  EXECUTE FUNCTION ${schema}.refuse();`;
}

/** @param atRest encrypts every text, because the hash confirms guesses of a single encrypted one */
export async function openAuditStore(
  database: Database,
  schema: string,
  atRest?: AtRest,
): Promise<AuditStore> {
  const tables = await database.openSchema<AuditTables>(schema, STEPS);
  const { db, transaction } = tables;
  const place = { table: "entries", row: "sequence::text" };
  const ciphers = await sealedTexts(atRest, tables, {
    actor: place,
    subject: place,
    correlation_id: place,
    facts: place,
  });
  return {
    head: () => readHead(db),
    append: (next) =>
      transaction(async (tx) => {
        await sql`SELECT pg_advisory_xact_lock(hashtext(${`${schema} audit`}))`.execute(tx);
        const entry = next(await readHead(tx));
        await tx.insertInto("entries").values(rowOf(entry, ciphers)).execute();
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
      return rows.map((row) => entryOf(row, ciphers));
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

/** Stores JSON, because PostgreSQL cannot store NUL characters or lone surrogates. */
function rowOf(entry: AuditEntry, ciphers: Ciphers) {
  const sealed = (column: keyof Ciphers, value: unknown) =>
    ciphers[column].seal(String(entry.sequence), JSON.stringify(value));
  return {
    sequence: BigInt(entry.sequence),
    time_ms: BigInt(entry.timeMs),
    actor: sealed("actor", entry.actor),
    action: JSON.stringify(entry.action),
    subject: sealed("subject", entry.subject),
    outcome: entry.outcome,
    correlation_id: sealed("correlation_id", entry.correlationId),
    facts: sealed("facts", entry.facts),
    previous_hash: Buffer.from(entry.previousHash),
    hash: Buffer.from(entry.hash),
  };
}

function entryOf(row: Selectable<AuditTables["entries"]>, ciphers: Ciphers): AuditEntry {
  const opened = (column: keyof Ciphers) =>
    JSON.parse(ciphers[column].open(String(row.sequence), row[column]));
  return {
    sequence: Number(row.sequence),
    timeMs: Number(row.time_ms),
    actor: opened("actor"),
    action: JSON.parse(row.action),
    subject: opened("subject"),
    outcome: row.outcome as AuditEntry["outcome"],
    correlationId: opened("correlation_id"),
    facts: opened("facts"),
    previousHash: new Uint8Array(row.previous_hash),
    hash: new Uint8Array(row.hash),
  };
}
