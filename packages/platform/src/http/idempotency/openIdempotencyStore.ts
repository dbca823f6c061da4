import { type Kysely, sql } from "kysely";
import { type AtRest, sealedTexts, type TextCipher } from "../../atRest/index.ts";
import type { Database, SchemaStep } from "../../db/index.ts";
import type { Beginning, IdempotencyStore, IdempotentRequest, StoredAnswer } from "./IdempotencyStore.ts";

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
  {
    name: "answers-002-one-text",
    sql: (schema) => `
UPDATE ${schema}.answers SET body = NULL, headers = json_build_object(
  'headers', headers::json, 'body', replace(encode(coalesce(body, ''), 'base64'), E'\\n', '')
)::text WHERE status IS NOT NULL;`,
  },
];

interface DatabaseIdempotencyStore extends IdempotencyStore {
  sweep(nowMs: number): Promise<number>;
}

interface Sealing {
  readonly answer: TextCipher;
  /** Hashes the request, because the table must not reveal who requested what. */
  indexed(request: IdempotentRequest): IdempotentRequest;
}

export async function openIdempotencyStore(
  database: Database,
  schema: string,
  atRest?: AtRest,
): Promise<DatabaseIdempotencyStore> {
  const tables = await database.openSchema<AnswerTables>(schema, STEPS);
  const { db } = tables;
  const indexed = indexOf(atRest, schema);
  if (atRest !== undefined) await indexOld(db, indexed);
  const { headers: answer } = await sealedTexts(atRest, tables, {
    headers: { table: "answers", row: ROW },
  });
  const sealing = { answer, indexed };
  return {
    async begin(request, nowMs, leaseUntilMs) {
      const sought = indexed(request);
      const isOurs = await take(db, sought, nowMs, leaseUntilMs);
      return isOurs ? { kind: "begun" } : findTaken(db, sought, sealing);
    },
    async finish(request, given, keepUntilMs) {
      const { owner, key, fingerprint } = indexed(request);
      await db
        .updateTable("answers")
        .set({
          status: given.status,
          headers: answer.seal(rowOf({ owner, key }), answerText(given)),
          body: null,
          until_ms: BigInt(keepUntilMs),
        })
        .where("owner", "=", owner)
        .where("key", "=", key)
        .where("fingerprint", "=", fingerprint)
        .execute();
    },
    async abandon(request) {
      const { owner, key, fingerprint } = indexed(request);
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
  { answer }: Sealing,
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
  const { headers, body } = JSON.parse(answer.open(rowOf(row), row.headers ?? ""));
  return {
    kind: "answered",
    answer: { status: row.status, headers, body: new Uint8Array(Buffer.from(body, "base64")) },
  };
}

const ROW = "owner || E'\\n' || key";

function rowOf({ owner, key }: Pick<IdempotentRequest, "owner" | "key">): string {
  return `${owner}\n${key}`;
}

function answerText({ headers, body }: Pick<StoredAnswer, "headers" | "body">): string {
  return JSON.stringify({ headers, body: Buffer.from(body).toString("base64") });
}

function indexOf(atRest: AtRest | undefined, schema: string): Sealing["indexed"] {
  if (atRest === undefined) return (request) => request;
  const index = atRest.index(`${schema}.answers`);
  const text = (name: string, value: string) => `~${index(`${name}\n${value}`).toString("base64url")}`;
  return ({ owner, key, fingerprint }) => ({
    owner: text("owner", owner),
    key: text("key", key),
    fingerprint: text("fingerprint", fingerprint),
  });
}

async function indexOld(db: Kysely<AnswerTables>, indexed: Sealing["indexed"]): Promise<void> {
  const rows = await db
    .selectFrom("answers")
    .select(["owner", "key", "fingerprint"])
    .where("owner", "not like", "~%")
    .execute();
  for (const row of rows)
    await db
      .updateTable("answers")
      .set(indexed(row))
      .where("owner", "=", row.owner)
      .where("key", "=", row.key)
      .execute();
}
