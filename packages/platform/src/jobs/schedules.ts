import { randomUUID } from "node:crypto";
import { baseErrors } from "@trellis/base";
import { type RawBuilder, sql } from "kysely";
import { json } from "./attempts.ts";
import { lastOccurrence } from "./occurrences.ts";
import { jobTable, type Tables } from "./schema.ts";

/** Older occurrences are skipped. */
const DUE_MS = 60_000;
const MINUTE_MS = 60_000;

export async function setSchedule(tables: Tables, kind: string, cron: string, data: object): Promise<void> {
  if (cron.trim().split(/\s+/).length !== 5)
    throw baseErrors.ARGUMENT_INVALID({ rule: "cron expression of five fields", kind, cron });
  try {
    await lastOccurrence(cron, new Date());
  } catch (error) {
    throw baseErrors.ARGUMENT_INVALID({ rule: "cron expression of five fields", kind, cron }, error);
  }
  await sql`
    INSERT INTO ${scheduleTable(tables)} (kind, cron, data) VALUES (${kind}, ${cron}, ${json(data)})
    ON CONFLICT (kind) DO UPDATE SET cron = excluded.cron, data = excluded.data`.execute(tables.db);
}

export async function removeSchedule(tables: Tables, kind: string): Promise<void> {
  await sql`DELETE FROM ${scheduleTable(tables)} WHERE kind = ${kind}`.execute(tables.db);
}

/** Last occurrences by cron expression, which five fields let change once a minute. */
export type KnownOccurrences = Map<string, { readonly minute: number; readonly occurrence: Date }>;

/** Only the process that records an occurrence adds its job. */
export async function fireSchedules(tables: Tables, known: KnownOccurrences): Promise<void> {
  const schedule = scheduleTable(tables);
  const { rows } = await sql<Schedule>`
    SELECT kind, cron, data, fired_at AS "firedAt", now() AS now FROM ${schedule}`.execute(tables.db);
  for (const { kind, cron, data, firedAt, now } of rows) {
    const occurrence = await occurrenceOf(cron, now, known);
    if (now.getTime() - occurrence.getTime() >= DUE_MS) continue;
    if (firedAt !== null && firedAt >= occurrence) continue;
    const id = randomUUID();
    const sealed = tables.ciphers.data.seal(id, JSON.stringify(data));
    await sql`
      WITH fired AS (
        UPDATE ${schedule} SET fired_at = ${occurrence}
        WHERE kind = ${kind} AND cron = ${cron} AND coalesce(fired_at < ${occurrence}, true)
        RETURNING kind),
      added AS (INSERT INTO ${jobTable(tables)} (id, kind, data) SELECT ${id}::uuid, kind, ${sealed}::text FROM fired RETURNING kind)
      SELECT pg_notify(${tables.schema}, kind) FROM added`.execute(tables.db);
  }
}

interface Schedule {
  readonly kind: string;
  readonly cron: string;
  readonly data: object;
  readonly firedAt: Date | null;
  readonly now: Date;
}

async function occurrenceOf(cron: string, now: Date, known: KnownOccurrences): Promise<Date> {
  const minute = Math.floor(now.getTime() / MINUTE_MS);
  const last = known.get(cron);
  if (last?.minute === minute) return last.occurrence;
  const occurrence = await lastOccurrence(cron, now);
  known.set(cron, { minute, occurrence });
  return occurrence;
}

function scheduleTable({ schema }: Tables): RawBuilder<unknown> {
  return sql.table(`${schema}.schedule`);
}
