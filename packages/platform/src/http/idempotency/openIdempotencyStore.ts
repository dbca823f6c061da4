import { type Kysely, sql } from "kysely";
import type { Database, SchemaStep } from "../../db/index.ts";
import type { Beginning, IdempotencyStore, IdempotentRequest } from "./IdempotencyStore.ts";

interface AnswerTables {
  answers: {
    owner: string;
    key: string;
    fingerprint: string;
    until_ms: bigint;
    status: number | null;
    headers: string | null;
    body: Uint8Array | null;
  };
}

const STEPS: readonly SchemaStep[] = [
  {
    name: "answers-001",
    sql: (schema) => `
CREATE TABLE ${schema}.answers (
  owner text COLLATE "C" NOT NULL,
  key text COLLATE "C" NOT NULL,
  fingerprint text NOT NULL,
  until_ms bigint NOT NULL,
  status integer,
  headers text,
  body bytea,
  PRIMARY KEY (owner, key)
);
CREATE INDEX answers_until ON ${schema}.answers (until_ms);`,
  },
];

interface DatabaseIdempotencyStore extends IdempotencyStore {
  /** Deletes expired answers. @returns their number */
  sweep(nowMs: number): Promise<number>;
}

export async function openIdempotencyStore(
  database: Database,
  schema: string,
): Promise<DatabaseIdempotencyStore> {
  const { db } = await database.openSchema<AnswerTables>(schema, STEPS);
  return {
    async begin(request, nowMs, leaseUntilMs) {
      const isOurs = await take(db, request, nowMs, leaseUntilMs);
      return isOurs ? { kind: "begun" } : findTaken(db, request);
    },
    async finish({ owner, key, fingerprint }, { status, headers, body }, keepUntilMs) {
      await db
        .updateTable("answers")
        .set({
          status,
          headers: JSON.stringify(headers),
          body: Buffer.from(body),
          until_ms: BigInt(keepUntilMs),
        })
        .where("owner", "=", owner)
        .where("key", "=", key)
        .where("fingerprint", "=", fingerprint)
        .execute();
    },
    async abandon({ owner, key, fingerprint }) {
      await db
        .deleteFrom("answers")
        .where("owner", "=", owner)
        .where("key", "=", key)
        .where("fingerprint", "=", fingerprint)
        .where("status", "is", null)
        .execute();
    },
    async sweep(nowMs) {
      const { numAffectedRows = 0n } =
        await sql`DELETE FROM ${sql.table(`${schema}.answers`)} WHERE until_ms <= ${nowMs}::bigint`.execute(
          db,
        );
      return Number(numAffectedRows);
    },
  };
}

async function take(
  db: Kysely<AnswerTables>,
  { owner, key, fingerprint }: IdempotentRequest,
  nowMs: number,
  leaseUntilMs: number,
): Promise<boolean> {
  const begun = { fingerprint, until_ms: BigInt(leaseUntilMs), status: null, headers: null, body: null };
  const taken = await db
    .insertInto("answers")
    .values({ owner, key, ...begun })
    .onConflict((conflict) =>
      conflict.columns(["owner", "key"]).doUpdateSet(begun).where("answers.until_ms", "<=", BigInt(nowMs)),
    )
    .returning("owner")
    .executeTakeFirst();
  return taken !== undefined;
}

async function findTaken(
  db: Kysely<AnswerTables>,
  { owner, key, fingerprint }: IdempotentRequest,
): Promise<Beginning> {
  const row = await db
    .selectFrom("answers")
    .selectAll()
    .where("owner", "=", owner)
    .where("key", "=", key)
    .executeTakeFirst();
  if (row === undefined) return { kind: "running" };
  if (row.fingerprint !== fingerprint) return { kind: "reused" };
  if (row.status === null) return { kind: "running" };
  const headers: Record<string, string> = JSON.parse(row.headers ?? "{}");
  return { kind: "answered", answer: { status: row.status, headers, body: row.body ?? new Uint8Array() } };
}
