import { isTrellisError } from "@trellis/base";
import { type RawBuilder, sql } from "kysely";
import type { JobKind } from "./Jobs.ts";
import { jobTable, type Tables } from "./schema.ts";

/** `attempt` increases with each claim. */
export interface Attempt<Data> {
  readonly id: string;
  readonly data: Data;
  readonly attempt: number;
}

export const ALIVE_S = 30;

/**
 * Claims due jobs by the database clock, because process clocks differ. Claims none of an exclusive kind that another
 * process has claimed.
 */
export async function claimJobs<Data>(
  tables: Tables,
  name: string,
  { isExclusive = false, retriesMax = 3, retryPauseS = 1, timeoutS = 3_600, aliveS = ALIVE_S }: JobKind,
  countMax: number,
): Promise<readonly Attempt<Data>[]> {
  const job = jobTable(tables);
  // ARRAY makes the planner run the subquery once; otherwise it may lock too many rows.
  const claim = sql<Attempt<Data>>`
    UPDATE ${job} SET state = 'running', attempts = attempts + 1, lease_until = ${inSeconds(aliveS)},
      expires_at = ${inSeconds(timeoutS)}, is_exclusive = ${isExclusive}, retry_limit = ${retriesMax},
      retry_pause_s = ${retryPauseS}
    WHERE id = ANY(ARRAY(
      SELECT id FROM ${job} WHERE state = 'waiting' AND kind = ${name} AND start_after <= now() AND NOT (
        ${isExclusive} AND EXISTS (SELECT FROM ${job} WHERE state = 'running' AND kind = ${name} AND is_exclusive))
      ORDER BY created_on LIMIT ${countMax} FOR UPDATE SKIP LOCKED))
    RETURNING id, data, attempts AS attempt`;
  try {
    return (await claim.execute(tables.db)).rows;
  } catch (error) {
    if (isTrellisError(error, "DB_UNIQUE_VIOLATED")) return [];
    throw error;
  }
}

/** @returns false for a cancelled or expired attempt */
export async function updateAttempt(
  tables: Tables,
  { id, attempt }: Pick<Attempt<unknown>, "id" | "attempt">,
  set: RawBuilder<unknown>,
): Promise<boolean> {
  const { numAffectedRows } = await sql`
    UPDATE ${jobTable(tables)} SET ${set}
    WHERE id = ${id} AND attempts = ${attempt} AND state = 'running'`.execute(tables.db);
  return numAffectedRows === 1n;
}

export async function expireAttempts(
  tables: Tables,
): Promise<readonly { readonly id: string; readonly kind: string }[]> {
  const output = { message: "its process gave no sign of life, or the attempt took too long" };
  const { rows } = await sql<{ id: string; kind: string }>`
    UPDATE ${jobTable(tables)} SET ${failed(output, false)}
    WHERE state = 'running' AND least(lease_until, expires_at) < now() RETURNING id, kind`.execute(tables.db);
  return rows;
}

/** Exponential backoff with jitter. */
export function failed(output: object, isFinal: boolean): RawBuilder<unknown> {
  const isDead = sql`(${isFinal} OR attempts > retry_limit)`;
  return sql`state = CASE WHEN ${isDead} THEN 'dead' ELSE 'waiting' END,
    ended_on = CASE WHEN ${isDead} THEN now() END, output = ${json(output)},
    start_after = now() + retry_pause_s * 2 ^ least(15, attempts - 1) * (1 + random()) * interval '1 second'`;
}

export function inSeconds(count: number): RawBuilder<unknown> {
  return sql`now() + ${count} * interval '1 second'`;
}

export function json(value: unknown): RawBuilder<unknown> {
  return sql`${value === undefined ? null : JSON.stringify(value)}::jsonb`;
}
