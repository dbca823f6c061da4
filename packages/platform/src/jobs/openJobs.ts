import { isTrellisError, type Log, type Metrics } from "@trellis/base";
import type { Db, JobWithMetadata, PgBoss } from "pg-boss";
import type { Database, SchemaDatabase } from "../db/index.ts";
import { jobsErrors } from "./errors.ts";
import type { AddOptions, JobKind, JobProgress, JobRun, JobState, Jobs, JobView } from "./Jobs.ts";
import { JOB_STEPS, type JobTables } from "./schema.ts";

export interface JobsDependencies {
  readonly database: Database;
  readonly log: Log;
  readonly metrics: Metrics;
}

export interface JobsOptions {
  readonly kinds: Readonly<Record<string, JobKind>>;
  /** Where the queue's tables are. */
  readonly schema?: string;
  /** How often queues are looked at where no notification arrives. Seconds, at least 0.5. */
  readonly pollS?: number;
  /** How long a stop waits for jobs that run. ms */
  readonly stopMsMax?: number;
  /** Whether this process adds the jobs of schedules and cares for old ones. */
  readonly isCaretaker?: boolean;
}

const STATES: Readonly<Record<string, JobState>> = {
  created: "waiting",
  retry: "waiting",
  active: "running",
  completed: "done",
  cancelled: "cancelled",
  failed: "dead",
};
/** pg-boss's least, above which a heartbeat is looked for. Seconds */
const ALIVE_S = 30;

/** A durable queue in the database: every job runs until it ends well, is cancelled, or is a dead letter. */
export async function openJobs(options: JobsOptions, dependencies: JobsDependencies): Promise<Jobs> {
  const { kinds, schema = "jobs" } = options;
  const { database, log } = dependencies;
  const tables = await database.openSchema<JobTables>(`${schema}_state`, JOB_STEPS);
  const boss = await startBoss(options, dependencies);
  for (const [name, kind] of Object.entries(kinds)) await declareKind(boss, name, kind);
  const running = new Map<string, AbortController>();
  // What is cancelled anywhere ends here at once; whoever misses the notification finds out by its next progress.
  const cancelled = await database.listen(`${schema}_cancel`, (id) => {
    if (id !== undefined) running.get(id)?.abort(jobsErrors.JOB_CANCELLED({ id }));
  });
  const counted = dependencies.metrics.counter({
    name: "trellis_jobs_total",
    help: "Attempts at jobs by kind and outcome",
    labels: ["kind", "outcome"],
  });
  const kindOf = (name: string): JobKind => {
    if (!Object.hasOwn(kinds, name)) throw jobsErrors.JOB_KIND_UNKNOWN({ kind: name.slice(0, 64) });
    return kinds[name]!;
  };

  async function find(name: string, id: string): Promise<JobView> {
    kindOf(name);
    const isId = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id);
    const [job] = isId ? await boss.findJobs(name, { id }) : [];
    if (job === undefined) throw jobsErrors.JOB_UNKNOWN({ kind: name, id: id.slice(0, 64) });
    return toView(job, (await readProgress(tables, [id])).get(id));
  }

  return {
    async add(name, data, { key, delayS }: AddOptions = {}) {
      kindOf(name);
      const added = await boss.send(name, data, {
        ...(key === undefined ? {} : { singletonKey: key }),
        ...(delayS === undefined ? {} : { startAfter: delayS }),
      });
      return added ?? undefined;
    },
    async work(name, run) {
      const { concurrency = 1 } = kindOf(name);
      const working = {
        includeMetadata: true,
        localConcurrency: concurrency,
        pollingIntervalSeconds: options.pollS ?? 2,
      };
      await boss.work(name, working as { includeMetadata: true }, async ([job]: JobWithMetadata<never>[]) => {
        if (job === undefined) return undefined;
        const aborter = new AbortController();
        running.set(job.id, aborter);
        try {
          const output = await run(jobRun(job, aborter, tables, boss));
          counted.add(1, { kind: name, outcome: "done" });
          return output === undefined ? undefined : { value: output };
        } catch (error) {
          const failed = isTrellisError(error) ? error.code : "UNKNOWN";
          counted.add(1, { kind: name, outcome: failed });
          if (aborter.signal.aborted) return undefined;
          log.warn("job failed", {
            kind: name,
            id: job.id,
            attempt: job.retryCount + 1,
            reason: String(error),
          });
          throw error;
        } finally {
          running.delete(job.id);
        }
      });
    },
    async schedule(name, cron, data = {}) {
      kindOf(name);
      if (cron.trim().split(/\s+/).length !== 5) throw jobsErrors.JOB_SCHEDULE_INVALID({ kind: name, cron });
      try {
        await boss.schedule(name, cron, data, { tz: "UTC" });
      } catch (error) {
        throw isTrellisError(error) ? error : jobsErrors.JOB_SCHEDULE_INVALID({ kind: name, cron }, error);
      }
    },
    async unschedule(name) {
      kindOf(name);
      await boss.unschedule(name);
    },
    find,
    async list(name, limit) {
      kindOf(name);
      const jobs = await boss.findJobs(name);
      const newest = jobs.sort((a, b) => b.createdOn.getTime() - a.createdOn.getTime()).slice(0, limit);
      const progress = await readProgress(
        tables,
        newest.map(({ id }) => id),
      );
      return newest.map((job) => toView(job, progress.get(job.id)));
    },
    async cancel(name, id) {
      await find(name, id);
      await boss.cancel(name, id);
      await database.query("SELECT pg_notify($1, $2)", [`${schema}_cancel`, id]);
    },
    async revive(name) {
      kindOf(name);
      return boss.redrive(deadLettersOf(name));
    },
    async close() {
      await boss.stop({ graceful: true, timeout: options.stopMsMax ?? 4_000 });
      for (const aborter of running.values()) aborter.abort(jobsErrors.LEASE_LOST({ reason: "stop" }));
      await cancelled.close();
    },
  };
}

/** SQLSTATEs of a schema, type, table or row that another process created at the same time. */
const CREATED_BY_ANOTHER = new Set<unknown>(["42P06", "42710", "42P07", "23505"]);
const START_ATTEMPTS_MAX = 5;

async function startBoss(options: JobsOptions, dependencies: JobsDependencies): Promise<PgBoss> {
  for (let attempt = 1; ; attempt += 1) {
    const boss = await createBoss(options, dependencies);
    try {
      return await boss.start();
    } catch (error) {
      const isRace = isTrellisError(error) && CREATED_BY_ANOTHER.has(error.facts.sqlState);
      if (!isRace || attempt === START_ATTEMPTS_MAX) throw error;
    }
  }
}

async function createBoss(options: JobsOptions, { database, log }: JobsDependencies): Promise<PgBoss> {
  const { PgBoss: Boss } = await import("pg-boss");
  const isCaretaker = options.isCaretaker ?? true;
  const boss = new Boss({
    db: adapt(database),
    backend: database.kind,
    schema: options.schema ?? "jobs",
    supervise: isCaretaker,
    schedule: isCaretaker,
    // Jobs without a sign of life are looked for this often.
    superviseIntervalSeconds: 5,
    monitorIntervalSeconds: 5,
    reindex: false,
    monitorVacuum: false,
  });
  boss.on("error", (error) => log.warn("queue", { error }));
  return boss;
}

function deadLettersOf(kind: string): string {
  return `${kind}.dead`;
}

async function declareKind(boss: PgBoss, name: string, kind: JobKind): Promise<void> {
  const dead = deadLettersOf(name);
  await boss.createQueue(dead);
  const queue = {
    policy: kind.isExclusive === true ? "singleton" : "standard",
    retryLimit: kind.retriesMax ?? 3,
    retryDelay: kind.retryPauseS ?? 1,
    retryBackoff: true,
    expireInSeconds: kind.timeoutS ?? 3_600,
    heartbeatSeconds: kind.aliveS ?? ALIVE_S,
    deadLetter: dead,
  };
  await boss.createQueue(name, queue);
  const { policy: _, ...changeable } = queue;
  await boss.updateQueue(name, changeable);
}

/** pg-boss over our database. It counts with numbers, where our 64-bit integers come as bigint. */
function adapt(database: Database): Db {
  const plain = (row: Record<string, unknown>): Record<string, unknown> => {
    for (const [name, value] of Object.entries(row)) if (typeof value === "bigint") row[name] = Number(value);
    return row;
  };
  return {
    async executeSql(text, values) {
      if (values !== undefined && values.length > 0) {
        const { rows } = await database.query(text, values);
        return { rows: rows.map(plain) };
      }
      const results = await database.script(text);
      return { rows: results.flatMap(({ rows }) => rows.map(plain)) };
    },
  };
}

function jobRun<Data>(
  job: JobWithMetadata<never>,
  aborter: AbortController,
  tables: SchemaDatabase<JobTables>,
  boss: PgBoss,
): JobRun<Data> {
  const { id, name } = job;
  return {
    id,
    data: job.data as Data,
    attempt: job.retryCount + 1,
    signal: AbortSignal.any([aborter.signal, job.signal]),
    async progress(progress) {
      await writeProgress(tables, id, progress);
      const [now] = await boss.findJobs(name, { id });
      if (now?.state === "active") return;
      aborter.abort(jobsErrors.JOB_CANCELLED({ id }));
      throw jobsErrors.JOB_CANCELLED({ kind: name, id });
    },
  };
}

async function writeProgress(
  { db }: SchemaDatabase<JobTables>,
  id: string,
  progress: JobProgress,
): Promise<void> {
  const row = { done: progress.done, total: progress.total ?? null, phase: progress.phase ?? null };
  await db
    .insertInto("progress")
    .values({ job_id: id, ...row })
    .onConflict((conflict) => conflict.column("job_id").doUpdateSet(row))
    .execute();
}

async function readProgress(
  { db }: SchemaDatabase<JobTables>,
  ids: readonly string[],
): Promise<ReadonlyMap<string, JobProgress>> {
  if (ids.length === 0) return new Map();
  const rows = await db.selectFrom("progress").selectAll().where("job_id", "in", ids).execute();
  return new Map(
    rows.map(({ job_id, done, total, phase }) => [
      job_id,
      { done, ...(total === null ? {} : { total }), ...(phase === null ? {} : { phase }) },
    ]),
  );
}

function toView(job: JobWithMetadata<unknown>, progress: JobProgress | undefined): JobView {
  return {
    id: job.id,
    kind: job.name,
    state: STATES[job.state]!,
    data: job.data,
    attempts: job.startedOn === null ? 0 : job.retryCount + 1,
    progress,
    output: job.output,
    addedAtMs: job.createdOn.getTime(),
    endedAtMs: job.completedOn?.getTime(),
  };
}
