import { type RawBuilder, sql } from "kysely";
import { jobsErrors } from "./errors.ts";
import type { DeadLetter, JobCounts, JobProgress, JobView } from "./Jobs.ts";
import { jobTable, type Tables } from "./schema.ts";

const ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export async function findJob(tables: Tables, kind: string, id: string): Promise<JobView> {
  const [job] = ID.test(id) ? await select(tables, sql`kind = ${kind} AND id = ${id}`) : [];
  if (job === undefined) throw jobsErrors.JOB_UNKNOWN({ kind, id: id.slice(0, 64) });
  return job;
}

export function listJobs(tables: Tables, kind: string, limit: number): Promise<readonly JobView[]> {
  return select(tables, sql`kind = ${kind} ORDER BY created_on DESC LIMIT ${limit}`);
}

export async function listDeadLetters(
  tables: Tables,
  kind: string,
  limit: number,
): Promise<readonly DeadLetter[]> {
  const where = sql`kind = ${kind} AND state = 'dead' ORDER BY ended_on DESC LIMIT ${limit}`;
  return (await select(tables, where)).map(({ id, data, output, endedAtMs }) => {
    const { code, message } = (output ?? {}) as { readonly code?: unknown; readonly message?: unknown };
    const parts = [code, message].filter((part) => typeof part === "string");
    return { id, data, error: parts.length === 0 ? "UNKNOWN" : parts.join(": "), diedAtMs: endedAtMs! };
  });
}

export async function countJobs(
  tables: Tables,
  kinds: readonly string[],
): Promise<ReadonlyMap<string, JobCounts>> {
  const { rows } = await sql<JobCounts & { kind: string }>`
    SELECT kind, count(*) FILTER (WHERE state = 'waiting')::int AS waiting,
      count(*) FILTER (WHERE state = 'running')::int AS running, count(*) FILTER (WHERE state = 'dead')::int AS dead
    FROM ${jobTable(tables)} WHERE state IN ('waiting', 'running', 'dead') GROUP BY kind`.execute(tables.db);
  const counts = new Map(rows.map(({ kind, ...counted }) => [kind, counted]));
  return new Map(kinds.map((kind) => [kind, counts.get(kind) ?? { waiting: 0, running: 0, dead: 0 }]));
}

type JobRow = Omit<JobView, "data" | "progress" | "output" | "endedAtMs"> & {
  readonly data: string;
  readonly output: string | null;
  readonly progress: JobProgress | null;
  readonly endedAtMs: number | null;
};

async function select(tables: Tables, where: RawBuilder<unknown>): Promise<readonly JobView[]> {
  const { rows } = await sql<JobRow>`
    SELECT id, kind, state, data, attempts, progress, output,
      floor(extract(epoch FROM created_on) * 1000)::float8 AS "addedAtMs",
      floor(extract(epoch FROM ended_on) * 1000)::float8 AS "endedAtMs"
    FROM ${jobTable(tables)} WHERE ${where}`.execute(tables.db);
  const { ciphers } = tables;
  return rows.map(({ data, progress, output, endedAtMs, ...job }) => ({
    ...job,
    data: JSON.parse(ciphers.data.open(job.id, data)),
    output: output === null ? null : JSON.parse(ciphers.output.open(job.id, output)),
    progress: progress ?? undefined,
    endedAtMs: endedAtMs ?? undefined,
  }));
}
