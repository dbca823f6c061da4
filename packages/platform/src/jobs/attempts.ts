import { isTrellisError } from "@trellis/base";
import { type RawBuilder, sql } from "kysely";
import type { JobKind } from "./Jobs.ts";
import { jobTable, type Tables } from "./schema.ts";

/** `attempt` increases with each claim. */
export interface Attempt {
  readonly id: string;
  readonly data: string;
  readonly attempt: number;
  readonly traceparent?: string | null;
}

export const ALIVE_S = 30;

export async function findDueKinds(tables: Tables): Promise<readonly string[]> {
  const { rows } = await sql<{ kind: string }>`
    SELECT DISTINCT kind FROM ${jobTable(tables)} WHERE state = 'waiting' AND start_after <= now()`.execute(
    tables.db,
  );
  return rows.map(({ kind }) => kind);
}

/** Skips an exclusive kind while another process runs one of its jobs. */
export async function claimJobs(
  tables: Tables,
  name: string,
  { isExclusive = false, retriesMax = 3, retryPauseS = 1, timeoutS = 3_600, aliveS = ALIVE_S }: JobKind,
  countMax: number,
): Promise<readonly Attempt[]> {
  const job = jobTable(tables);
  // ARRAY runs the subquery once; a plain subquery may run repeatedly and lock too many rows.
  const claim = sql<Attempt>`
    UPDATE ${job} SET state = 'running', attempts = attempts + 1, lease_until = ${inSeconds(aliveS)},
      expires_at = ${inSeconds(timeoutS)}, is_exclusive = ${isExclusive}, retry_limit = ${retriesMax},
      retry_pause_s = ${retryPauseS}
    WHERE id = ANY(ARRAY(
      SELECT id FROM ${job} WHERE state = 'waiting' AND kind = ${name} AND start_after <= now() AND NOT (
        ${isExclusive} AND EXISTS (SELECT FROM ${job} WHERE state = 'running' AND kind = ${name} AND is_exclusive))
      ORDER BY created_on LIMIT ${countMax} FOR UPDATE SKIP LOCKED))
    RETURNING id, data, attempts AS attempt, traceparent`;
  try {
    return (await claim.execute(tables.db)).rows;
  } catch (error) {
    if (isTrellisError(error, "DB_UNIQUE_VIOLATED")) return [];
    throw error;
  }
}

/** @returns false if cancelled or expired */
export async function updateAttempt(
  tables: Tables,
  { id, attempt }: Pick<Attempt, "id" | "attempt">,
  set: RawBuilder<unknown>,
): Promise<boolean> {
  const { numAffectedRows } = await sql`
    UPDATE ${jobTable(tables)} SET ${set}
    WHERE id = ${id} AND attempts = ${attempt} AND state = 'running'`.execute(tables.db);
  return numAffectedRows === 1n;
}

const EXPIRED = JSON.stringify({
  message: "its process stopped responding, or the attempt took too long",
});

export async function expireAttempts(
  tables: Tables,
): Promise<readonly { readonly id: string; readonly kind: string }[]> {
  const lapsed = sql`state = 'running' AND least(lease_until, expires_at) < now()`;
  const found = await sql<Attempt & { kind: string }>`
    SELECT id, kind, attempts AS attempt FROM ${jobTable(tables)} WHERE ${lapsed}`.execute(tables.db);
  const expired: (Attempt & { kind: string })[] = [];
  for (const job of found.rows) {
    const { numAffectedRows } = await sql`
      UPDATE ${jobTable(tables)} SET ${failed(tables.ciphers.output.seal(job.id, EXPIRED), false)}
      WHERE id = ${job.id} AND attempts = ${job.attempt} AND ${lapsed}`.execute(tables.db);
    if (numAffectedRows === 1n) expired.push(job);
  }
  return expired;
}

/** Exponential backoff with jitter. @param output encrypted */
export function failed(output: string, isFinal: boolean): RawBuilder<unknown> {
  const isDead = sql`(${isFinal} OR attempts > retry_limit)`;
  return sql`state = CASE WHEN ${isDead} THEN 'dead' ELSE 'waiting' END,
    ended_on = CASE WHEN ${isDead} THEN now() END, output = ${output},
    start_after = now() + retry_pause_s * 2 ^ least(15, attempts - 1) * (1 + random()) * interval '1 second'`;
}

export function inSeconds(count: number): RawBuilder<unknown> {
  return sql`now() + ${count} * interval '1 second'`;
}

export function json(value: unknown): RawBuilder<unknown> {
  return sql`${value === undefined ? null : JSON.stringify(value)}::jsonb`;
}
