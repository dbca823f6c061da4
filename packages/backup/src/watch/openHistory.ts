import type { Database, SchemaDatabase, SchemaStep } from "@trellis/platform/db";
import { type DedupeTables, dedupeTable } from "@trellis/platform/notify";
import { type Selectable, sql } from "kysely";
import type { BackupRun, LastRuns, RunKind, RunOutcome, RunResult } from "./BackupRun.ts";
import type { Problem } from "./findProblems.ts";

interface RunTable {
  id: bigint;
  kind: string;
  repository: string;
  job_id: string;
  started_ms: bigint;
  ended_ms: bigint | null;
  outcome: string;
  backup: string | null;
  bytes: bigint;
  added_bytes: bigint;
  proofs: string;
  code: string | null;
  reason: string | null;
}

export interface HistoryTables extends DedupeTables {
  runs: RunTable;
  problems: { key: string; problem: string };
  facts: { name: string; value: string };
}

const FIRST_START = "first start";

const STEPS: readonly SchemaStep[] = [
  { name: "backup-001-told", sql: dedupeTable },
  {
    name: "backup-002-history",
    sql: (schema) => `
CREATE TABLE ${schema}.runs (
  id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  kind text NOT NULL,
  repository text NOT NULL,
  job_id text NOT NULL,
  started_ms bigint NOT NULL,
  ended_ms bigint,
  outcome text NOT NULL,
  backup text,
  bytes bigint NOT NULL DEFAULT 0,
  added_bytes bigint NOT NULL DEFAULT 0,
  proofs text NOT NULL DEFAULT '[]',
  code text,
  reason text
);
CREATE INDEX runs_of_kind ON ${schema}.runs (kind, repository, outcome, id);
CREATE TABLE ${schema}.problems (key text PRIMARY KEY, problem text NOT NULL);
CREATE TABLE ${schema}.facts (name text PRIMARY KEY, value text NOT NULL);`,
  },
];

export type StartedRun = Pick<BackupRun, "kind" | "repository" | "jobId" | "startedMs">;

export interface EndedRun extends Partial<RunResult> {
  readonly endedMs: number;
  readonly outcome: Exclude<RunOutcome, "running">;
  readonly code?: string;
  readonly reason?: string;
}

/** Runs, open alerts, and the time of the first start. */
export class History {
  readonly tables: SchemaDatabase<HistoryTables>;

  constructor(tables: SchemaDatabase<HistoryTables>) {
    this.tables = tables;
  }

  /** Jobs of a kind are exclusive, so an earlier run that is still running has lost its process. */
  async begin({ kind, repository, jobId, startedMs }: StartedRun): Promise<number> {
    const started_ms = BigInt(startedMs);
    return this.tables.transaction(async (transaction) => {
      await transaction
        .updateTable("runs")
        .set({ outcome: "interrupted", ended_ms: started_ms })
        .where("kind", "=", kind)
        .where("repository", "=", repository)
        .where("outcome", "=", "running")
        .execute();
      const { rows } = await sql<{ id: bigint }>`
        INSERT INTO ${sql.table(`${this.tables.schema}.runs`)} (kind, repository, job_id, started_ms, outcome)
        VALUES (${kind}, ${repository}, ${jobId}, ${started_ms}, 'running') RETURNING id`.execute(
        transaction,
      );
      return Number(rows[0]!.id);
    });
  }

  async end(id: number, run: EndedRun): Promise<void> {
    await this.tables.db
      .updateTable("runs")
      .set({
        ended_ms: BigInt(run.endedMs),
        outcome: run.outcome,
        backup: run.backup ?? null,
        bytes: BigInt(run.bytes ?? 0),
        added_bytes: BigInt(run.addedBytes ?? 0),
        proofs: JSON.stringify(run.proofs ?? []),
        code: run.code ?? null,
        reason: run.reason ?? null,
      })
      .where("id", "=", BigInt(id))
      .execute();
  }

  async hasSucceeded({ kind, repository, jobId }: Omit<StartedRun, "startedMs">): Promise<boolean> {
    const found = await this.tables.db
      .selectFrom("runs")
      .select("id")
      .where("kind", "=", kind)
      .where("repository", "=", repository)
      .where("job_id", "=", jobId)
      .where("outcome", "=", "succeeded")
      .executeTakeFirst();
    return found !== undefined;
  }

  /** Newest first. @param before id */
  async list(
    { kind, before }: { readonly kind?: RunKind | undefined; readonly before?: number | undefined },
    limit: number,
  ): Promise<BackupRun[]> {
    let query = this.tables.db.selectFrom("runs").selectAll().orderBy("id", "desc").limit(limit);
    if (kind !== undefined) query = query.where("kind", "=", kind);
    if (before !== undefined) query = query.where("id", "<", BigInt(before));
    return (await query.execute()).map(runOf);
  }

  async lastRuns(): Promise<LastRuns[]> {
    const { rows } = await sql<{ kind: string; repository: string; ids: unknown[] }>`
      SELECT kind, repository, array[max(id), max(id) FILTER (WHERE outcome = 'succeeded'),
        max(id) FILTER (WHERE outcome NOT IN ('running', 'retrying', 'interrupted'))] AS ids
      FROM ${sql.table(`${this.tables.schema}.runs`)} GROUP BY kind, repository`.execute(this.tables.db);
    const ids = rows.flatMap((row) => row.ids.flatMap((id) => (id === null ? [] : [BigInt(String(id))])));
    if (ids.length === 0) return [];
    const found = await this.tables.db.selectFrom("runs").selectAll().where("id", "in", ids).execute();
    const byId = new Map(found.map((row) => [String(row.id), runOf(row)]));
    return rows.map(({ kind, repository, ids: [started, succeeded, ended] }) => ({
      kind: kind as RunKind,
      repository,
      started: byId.get(String(started))!,
      succeeded: byId.get(String(succeeded)),
      ended: byId.get(String(ended)),
    }));
  }

  /** The newest run of each kind and repository stays, and its newest success. */
  async sweep(beforeMs: number): Promise<void> {
    const runs = sql.table(`${this.tables.schema}.runs`);
    await sql`
      DELETE FROM ${runs} AS run WHERE ended_ms < ${BigInt(beforeMs)}
        AND EXISTS (SELECT FROM ${runs} AS later WHERE later.kind = run.kind
          AND later.repository = run.repository AND later.id > run.id
          AND (run.outcome <> 'succeeded' OR later.outcome = 'succeeded'))`.execute(this.tables.db);
  }

  /** After a clock was set back, runs in the future would hide that none follows. */
  async forgetFuture(nowMs: number): Promise<void> {
    const now = BigInt(nowMs);
    await this.tables.db
      .updateTable("runs")
      .set({ started_ms: now, ended_ms: sql`CASE WHEN ended_ms > ${now} THEN ${now} ELSE ended_ms END` })
      .where("started_ms", ">", now)
      .execute();
    await this.tables.db
      .updateTable("facts")
      .set({ value: String(nowMs) })
      .where("name", "=", FIRST_START)
      .where(sql<bigint>`value::bigint`, ">", now)
      .execute();
  }

  /** @returns the time of the first call */
  async firstStartMs(nowMs: number): Promise<number> {
    const row = { name: FIRST_START, value: String(nowMs) };
    await this.tables.db
      .insertInto("facts")
      .values(row)
      .onConflict((conflict) => conflict.column("name").doNothing())
      .execute();
    const { value } = await this.tables.db
      .selectFrom("facts")
      .select("value")
      .where("name", "=", row.name)
      .executeTakeFirstOrThrow();
    return Number(value);
  }

  async openProblems(): Promise<Problem[]> {
    const rows = await this.tables.db.selectFrom("problems").select("problem").orderBy("key").execute();
    return rows.map(({ problem }) => JSON.parse(problem) as Problem);
  }

  async addProblem(problem: Problem): Promise<void> {
    const row = { key: problem.key, problem: JSON.stringify(problem) };
    await this.tables.db
      .insertInto("problems")
      .values(row)
      .onConflict((conflict) => conflict.column("key").doUpdateSet(row))
      .execute();
  }

  async removeProblem(key: string): Promise<void> {
    await this.tables.db.deleteFrom("problems").where("key", "=", key).execute();
  }
}

export async function openHistory(database: Database): Promise<History> {
  return new History(await database.openSchema<HistoryTables>("backup_history", STEPS));
}

function runOf(row: Selectable<RunTable>): BackupRun {
  return {
    id: Number(row.id),
    kind: row.kind as RunKind,
    repository: row.repository,
    jobId: row.job_id,
    startedMs: Number(row.started_ms),
    endedMs: row.ended_ms === null ? undefined : Number(row.ended_ms),
    outcome: row.outcome as RunOutcome,
    backup: row.backup ?? undefined,
    bytes: Number(row.bytes),
    addedBytes: Number(row.added_bytes),
    proofs: JSON.parse(row.proofs) as string[],
    code: row.code ?? undefined,
    reason: row.reason ?? undefined,
  };
}
