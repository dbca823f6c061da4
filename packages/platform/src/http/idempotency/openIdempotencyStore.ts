import { sql } from "kysely";
import type { Database, SchemaStep } from "../../db/index.ts";
import type { IdempotencyStore } from "./IdempotencyStore.ts";

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
  /** Deletes what is over; for a schedule. @returns how many */
  sweep(nowMs: number): Promise<number>;
}

/** Answers that all workers share. */
export async function openIdempotencyStore(
  database: Database,
  schema: string,
): Promise<DatabaseIdempotencyStore> {
  const { db } = await database.openSchema<AnswerTables>(schema, STEPS);
  return {
    async begin({ owner, key, fingerprint }, nowMs, leaseUntilMs) {
      // One statement decides: the row is ours if it is new or was over.
      const taken = await db
        .insertInto("answers")
        .values({
          owner,
          key,
          fingerprint,
          until_ms: BigInt(leaseUntilMs),
          status: null,
          headers: null,
          body: null,
        })
        .onConflict((conflict) =>
          conflict
            .columns(["owner", "key"])
            .doUpdateSet({
              fingerprint,
              until_ms: BigInt(leaseUntilMs),
              status: null,
              headers: null,
              body: null,
            })
            .where("answers.until_ms", "<=", BigInt(nowMs)),
        )
        .returning("owner")
        .executeTakeFirst();
      if (taken !== undefined) return { kind: "begun" };
      const row = await db
        .selectFrom("answers")
        .selectAll()
        .where("owner", "=", owner)
        .where("key", "=", key)
        .executeTakeFirst();
      // Given back between the two statements: the next look takes it.
      if (row === undefined) return { kind: "running" };
      if (row.fingerprint !== fingerprint) return { kind: "reused" };
      if (row.status === null) return { kind: "running" };
      const headers: Record<string, string> = JSON.parse(row.headers ?? "{}");
      return {
        kind: "answered",
        answer: { status: row.status, headers, body: row.body ?? new Uint8Array() },
      };
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
