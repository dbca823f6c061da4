import { isTrellisError } from "@trellis/base";
import { type Kysely, sql } from "kysely";
import { type Migration, Migrator } from "kysely/migration";
import type { SchemaStep } from "./Database.ts";
import { dbErrors } from "./errors.ts";
import { isContraction } from "./requireCompatible.ts";

/** Retries, because two processes may create the schema at once. */
const ATTEMPTS_MAX = 5;
const STEPS_TABLE = "schema_steps";

export async function migrateSchema(
  kysely: Kysely<unknown>,
  schema: string,
  steps: readonly SchemaStep[],
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const { error } = await migrate(kysely, schema, steps);
    if (error === undefined) return;
    if (isTrellisError(error, "DB_UNIQUE_VIOLATED") && attempt < ATTEMPTS_MAX) continue;
    if (isTrellisError(error) && error.consequence === "retry") throw error;
    if (error instanceof Error && /previously executed migration .* is missing/.test(error.message)) {
      throw dbErrors.DB_MIGRATION_FAILED({ reason: "schema newer than this program", schema }, error);
    }
    throw dbErrors.DB_MIGRATION_FAILED({ schema, reason: String(error) }, error);
  }
}

async function migrate(
  kysely: Kysely<unknown>,
  schema: string,
  steps: readonly SchemaStep[],
): Promise<{ readonly error?: unknown }> {
  const migrations = Object.fromEntries(steps.map((step) => [step.name, migration(step, schema)]));
  const migrator = new Migrator({
    db: kysely,
    provider: { getMigrations: async () => migrations },
    migrationTableSchema: schema,
    migrationTableName: STEPS_TABLE,
    migrationLockTableName: "schema_lock",
  });
  try {
    if (await isUpToDate(kysely, schema, steps)) return {};
    return await migrator.migrateToLatest();
  } catch (error) {
    return { error };
  }
}

/**
 * Replaces Kysely's check, which reads the whole database catalogue. During a rolling update, and after a
 * rollback, the schema has steps of a later release.
 */
async function isUpToDate(
  kysely: Kysely<unknown>,
  schema: string,
  steps: readonly SchemaStep[],
): Promise<boolean> {
  const table = `${schema}.${STEPS_TABLE}`;
  const found = await sql<{ exists: boolean }>`SELECT to_regclass(${table}) IS NOT NULL AS exists`.execute(
    kysely,
  );
  if (found.rows[0]?.exists !== true) return false;
  const { rows } = await sql<{ name: string }>`SELECT name FROM ${sql.table(table)}`.execute(kysely);
  const done = new Set(rows.map(({ name }) => name));
  const known = new Set(steps.map(({ name }) => name));
  const isReadable = [...done].every((name) => known.has(name) || !isContraction(name));
  return isReadable && steps.every(({ name }) => done.has(name));
}

function migration(step: SchemaStep, schema: string): Migration {
  return {
    async up(db) {
      for (const statement of splitStatements(step.sql(schema))) await sql.raw(statement).execute(db);
    },
  };
}

/** Statements end with a semicolon at a line end, outside `$$` bodies. */
export function splitStatements(text: string): string[] {
  const statements: string[] = [];
  let rest = "";
  for (const line of text.split("\n")) {
    rest += `${line}\n`;
    const isInBody = rest.split("$$").length % 2 === 0;
    if (isInBody || !line.trimEnd().endsWith(";")) continue;
    statements.push(rest.trim());
    rest = "";
  }
  if (rest.trim() !== "") statements.push(rest.trim());
  return statements;
}
