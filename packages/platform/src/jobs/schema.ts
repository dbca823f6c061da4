import { type RawBuilder, sql } from "kysely";
import { type AtRest, sealedTexts, type TextCipher } from "../atRest/index.ts";
import type { Database, SchemaDatabase, SchemaStep } from "../db/index.ts";
import { moveFromPgBoss } from "./moveFromPgBoss.ts";

export type JobTables = Record<never, never>;

export type Tables = Pick<SchemaDatabase<JobTables>, "db" | "schema"> & {
  readonly ciphers: Readonly<Record<"data" | "output", TextCipher>>;
};

export function jobTable({ schema }: Pick<Tables, "schema">): RawBuilder<unknown> {
  return sql.table(`${schema}.job`);
}

export const JOB_STEPS: readonly SchemaStep[] = [
  {
    name: "jobs-001-progress-leases",
    sql: (schema) => `
CREATE TABLE ${schema}.progress (
  job_id uuid PRIMARY KEY,
  done double precision NOT NULL,
  total double precision,
  phase text
);
CREATE TABLE ${schema}.leases (
  name text PRIMARY KEY,
  holder text NOT NULL,
  token bigint NOT NULL,
  expires_at timestamptz NOT NULL
);`,
  },
  {
    name: "jobs-002-keys",
    sql: (schema) => `
CREATE TABLE ${schema}.keys (
  kind text NOT NULL,
  key text NOT NULL,
  job_id uuid NOT NULL,
  taken_at timestamptz NOT NULL,
  PRIMARY KEY (kind, key)
);`,
  },
  {
    name: "jobs-003-own-queue",
    // From `is_exclusive` on, columns describe the running attempt.
    sql: (schema) => `
CREATE TABLE ${schema}.job (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  kind text NOT NULL,
  key text,
  state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'running', 'done', 'cancelled', 'dead')),
  data jsonb NOT NULL,
  attempts integer NOT NULL DEFAULT 0,
  progress jsonb,
  output jsonb,
  start_after timestamptz NOT NULL DEFAULT now(),
  created_on timestamptz NOT NULL DEFAULT now(),
  ended_on timestamptz,
  is_exclusive boolean NOT NULL DEFAULT false,
  retry_limit integer NOT NULL DEFAULT 0,
  retry_pause_s double precision NOT NULL DEFAULT 0,
  lease_until timestamptz,
  expires_at timestamptz,
  CHECK ((ended_on IS NULL) = (state IN ('waiting', 'running')))
);
CREATE UNIQUE INDEX job_key ON ${schema}.job (kind, key) WHERE state IN ('waiting', 'running');
CREATE UNIQUE INDEX job_exclusive ON ${schema}.job (kind) WHERE state = 'running' AND is_exclusive;
CREATE INDEX job_newest ON ${schema}.job (kind, created_on);
CREATE INDEX job_open ON ${schema}.job (state, kind, created_on, start_after)
  WHERE state IN ('waiting', 'running', 'dead');
CREATE TABLE ${schema}.schedule (
  kind text PRIMARY KEY,
  cron text NOT NULL,
  data jsonb NOT NULL,
  fired_at timestamptz
);
${moveFromPgBoss(schema)}
DROP TABLE ${schema}.progress;
DROP TABLE ${schema}.leases;
DROP TABLE ${schema}.keys;`,
  },
  {
    name: "jobs-004-sealed",
    sql: (schema) => `
ALTER TABLE ${schema}.job ALTER COLUMN data TYPE text USING data::text, ALTER COLUMN output TYPE text USING output::text;`,
  },
  {
    name: "jobs-005-traceparent",
    sql: (schema) => `ALTER TABLE ${schema}.job ADD COLUMN traceparent text;`,
  },
];

export async function openJobTables(
  schema: string,
  { database, atRest }: { readonly database: Database; readonly atRest?: AtRest | undefined },
): Promise<Tables> {
  const tables = await database.openSchema<JobTables>(schema, JOB_STEPS);
  const place = { table: "job", row: "id::text" };
  return { ...tables, ciphers: await sealedTexts(atRest, tables, { data: place, output: place }) };
}
