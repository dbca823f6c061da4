import { randomUUID } from "node:crypto";
import { isTrellisError } from "@trellis/base";
import { sql } from "kysely";
import { inSeconds } from "./attempts.ts";
import type { AddOptions } from "./Jobs.ts";
import { jobTable, type Tables } from "./schema.ts";

export async function addJob(
  tables: Tables,
  kind: string,
  data: object,
  { key, delayS = 0, traceparent }: AddOptions,
): Promise<string | undefined> {
  const id = randomUUID();
  const sealed = tables.ciphers.data.seal(id, JSON.stringify(data));
  const { rows } = await sql<{ id: string }>`
    WITH added AS (
      INSERT INTO ${jobTable(tables)} (id, kind, key, data, start_after, traceparent)
      VALUES (${id}, ${kind}, ${key ?? null}, ${sealed}, ${inSeconds(delayS)}, ${traceparent ?? null})
      ON CONFLICT (kind, key) WHERE state IN ('waiting', 'running') DO NOTHING
      RETURNING id, kind)
    SELECT id, pg_notify(${tables.schema}, kind) FROM added`.execute(tables.db);
  return rows[0]?.id;
}

export async function cancelJob(tables: Tables, kind: string, id: string): Promise<void> {
  await sql`
    WITH cancelled AS (
      UPDATE ${jobTable(tables)} SET state = 'cancelled', ended_on = now()
      WHERE id = ${id} AND kind = ${kind} AND state IN ('waiting', 'running', 'dead')
      RETURNING id)
    SELECT pg_notify(${tables.schema}, id::text) FROM cancelled`.execute(tables.db);
}

const REVIVED_MAX = 1_000;

export async function reviveJobs(tables: Tables, kind: string): Promise<number> {
  const job = jobTable(tables);
  const revive = sql`
    WITH revived AS (
      UPDATE ${job} SET state = 'waiting', attempts = 0, progress = NULL, output = NULL, start_after = now(),
        created_on = now(), ended_on = NULL
      WHERE id IN (
        SELECT id FROM ${job} AS dead
        WHERE kind = ${kind} AND state = 'dead' AND (key IS NULL OR NOT EXISTS (
          SELECT FROM ${job} AS other WHERE other.kind = dead.kind AND other.key = dead.key AND (
            other.state IN ('waiting', 'running')
            OR other.state = 'dead' AND (other.ended_on, other.id) > (dead.ended_on, dead.id))))
        ORDER BY ended_on DESC LIMIT ${REVIVED_MAX})
      RETURNING kind)
    SELECT pg_notify(${tables.schema}, kind) FROM revived`;
  try {
    return (await revive.execute(tables.db)).rows.length;
  } catch (error) {
    // Retries, because another job has taken a key.
    if (isTrellisError(error, "DB_UNIQUE_VIOLATED")) return reviveJobs(tables, kind);
    throw error;
  }
}
