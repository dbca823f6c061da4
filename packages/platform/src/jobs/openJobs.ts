import { isTrellisError, type Log, type Metrics } from "@trellis/base";
import type { Db, JobWithMetadata, PgBoss } from "pg-boss";
import { whileWanted } from "../cancellation/workSignal.ts";
import type { Database, SchemaDatabase } from "../db/index.ts";
import { STOP_DEADLINE_MS } from "../lifecycle/index.ts";
import { jobsErrors } from "./errors.ts";
import { isFinal } from "./isFinal.ts";
import type {
  AddOptions,
  DeadLetter,
  JobKind,
  JobProgress,
  JobRun,
  JobState,
  Jobs,
  JobView,
} from "./Jobs.ts";
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
  /** How long a stop waits for jobs that run; as long as a process may, less what closes behind, unless given. ms */
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
/** What closes behind the jobs has its time as well, also on a machine that is busy. ms */
const CLOSING_MS = 1_500;
const STOP_MS = STOP_DEADLINE_MS - CLOSING_MS;
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
  const queue = { tables, database, schema };
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
      const when = delayS === undefined ? {} : { startAfter: delayS };
      if (key === undefined) return (await boss.send(name, data, when)) ?? undefined;
      const id = await takeKey(name, key, queue);
      // The queue keeps the group through a job's death and revival, and lets it decide nothing unless it is asked to.
      if (id !== undefined) await boss.send(name, data, { ...when, id, group: { id: key } });
      return id;
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
          const work = jobRun<never>(job, aborter, tables, boss);
          const output = await whileWanted(work.signal, () => run(work));
          counted.add(1, { kind: name, outcome: "done" });
          return output === undefined ? undefined : { value: output };
        } catch (error) {
          const failed = isTrellisError(error) ? error.code : "UNKNOWN";
          counted.add(1, { kind: name, outcome: failed });
          if (aborter.signal.aborted) return undefined;
          const isOver = isFinal(error, kindOf(name));
          const attempt = job.retryCount + 1;
          log.warn("job failed", { kind: name, id: job.id, attempt, isFinal: isOver, reason: String(error) });
          // Where that fails the job is tried again, and its own error is the one that is told.
          if (isOver) {
            await endRetries(job, queue).catch((cause: unknown) =>
              log.warn("a refused job is tried again", { kind: name, id: job.id, reason: String(cause) }),
            );
          }
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
      const newest = await newestJobs(name, limit, { database, schema });
      const progress = await readProgress(
        tables,
        newest.map(({ id }) => id),
      );
      return newest.map((job) => toView(job, progress.get(job.id)));
    },
    async counts() {
      const queues = new Map((await boss.getQueues()).map((queue) => [queue.name, queue]));
      return new Map(
        Object.keys(kinds).map((name) => [
          name,
          {
            waiting: queues.get(name)?.queuedCount ?? 0,
            running: queues.get(name)?.activeCount ?? 0,
            dead: queues.get(deadLettersOf(name))?.queuedCount ?? 0,
          },
        ]),
      );
    },
    async deadLetters(name, limit) {
      kindOf(name);
      return readDeadLetters(deadLettersOf(name), limit, { database, schema });
    },
    async cancel(name, id) {
      const { state } = await find(name, id);
      if (state === "dead") return putAway(name, id, queue);
      await boss.cancel(name, id);
      await database.query("SELECT pg_notify($1, $2)", [`${schema}_cancel`, id]);
    },
    async revive(name) {
      kindOf(name);
      const { ids, taken } = await revivable(name, queue);
      if (ids.length === 0) return 0;
      const count = await boss.redrive(deadLettersOf(name), { ids });
      await moveKeys(name, taken, queue);
      return count;
    },
    async close() {
      await boss.stop({ graceful: true, timeout: options.stopMsMax ?? STOP_MS });
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

interface QueueTables {
  readonly database: Database;
  readonly schema: string;
}

interface KeyTables extends QueueTables {
  readonly tables: SchemaDatabase<JobTables>;
}

/** Whoever took a key and has not put its job into the queue for so long has died. Seconds */
const KEY_TAKEN_S = 10;

/**
 * The queue's own keys would let jobs of different keys run beside each other where a kind is exclusive, and are
 * unique in queues of its other policies only.
 * @returns the id for the job; undefined where one with the key waits or runs
 */
async function takeKey(
  kind: string,
  key: string,
  { tables, database, schema }: KeyTables,
): Promise<string | undefined> {
  const { rows } = await database.query(
    `INSERT INTO ${tables.schema}.keys AS held (kind, key, job_id, taken_at)
    VALUES ($1, $2, gen_random_uuid(), clock_timestamp())
    ON CONFLICT (kind, key) DO UPDATE SET job_id = excluded.job_id, taken_at = excluded.taken_at
      WHERE coalesce(
        (SELECT job.state > 'active' FROM ${schema}.job WHERE job.name = held.kind AND job.id = held.job_id),
        held.taken_at < clock_timestamp() - $3 * interval '1 second')
    RETURNING job_id`,
    [kind, key, KEY_TAKEN_S],
  );
  return rows[0]?.job_id as string | undefined;
}

/**
 * The failure of this attempt that is told next is the job's last; another attempt is left as it is. A job that is
 * revived has its retries again.
 */
async function endRetries(
  { name, id, retryCount }: Pick<JobWithMetadata, "name" | "id" | "retryCount">,
  { database, schema }: QueueTables,
): Promise<void> {
  await database.query(
    `UPDATE ${schema}.job SET retry_limit = retry_count
    WHERE name = $1 AND id = $2 AND state = 'active' AND retry_count = $3`,
    [name, id, retryCount],
  );
}

/** Its dead letter is gone, and it is cancelled: it is counted and revived no more. */
async function putAway(kind: string, id: string, { database, schema }: QueueTables): Promise<void> {
  await database.query(
    `UPDATE ${schema}.job SET state = 'cancelled' WHERE name = $1 AND id = $2 AND state = 'failed'`,
    [kind, id],
  );
  await database.query(`DELETE FROM ${schema}.job WHERE name = $1 AND source_id = $2 AND state < 'active'`, [
    deadLettersOf(kind),
    id,
  ]);
}

/** As many as are revived at once. */
const REVIVED_MAX = 1_000;

/**
 * The dead letters that are without a key, or whose key was free; it is taken then, as for a job to be added.
 * @returns `taken`: the ids under which keys were taken
 */
async function revivable(
  kind: string,
  queue: KeyTables,
): Promise<{ readonly ids: string[]; readonly taken: readonly string[] }> {
  const { rows } = await queue.database.query(
    `SELECT id, group_id FROM ${queue.schema}.job WHERE name = $1 AND state < 'active'
    ORDER BY created_on DESC LIMIT $2`,
    [deadLettersOf(kind), REVIVED_MAX],
  );
  const ids: string[] = [];
  const taken: string[] = [];
  for (const { id, group_id: key } of rows) {
    const mine = key === null ? undefined : await takeKey(kind, String(key), queue);
    if (key === null || mine !== undefined) ids.push(String(id));
    if (mine !== undefined) taken.push(mine);
  }
  return { ids, taken };
}

/** The queue makes revived jobs under ids of its own: what was taken for them belongs to those. */
async function moveKeys(
  kind: string,
  taken: readonly string[],
  { tables, database, schema }: KeyTables,
): Promise<void> {
  await database.query(
    `UPDATE ${tables.schema}.keys SET job_id = job.id FROM ${schema}.job
    WHERE keys.kind = $1 AND keys.job_id = ANY($2::uuid[])
      AND job.name = $1 AND job.group_id = keys.key AND job.state <= 'active'`,
    [kind, taken],
  );
}

type ViewedJob = Pick<
  JobWithMetadata<unknown>,
  "id" | "name" | "state" | "data" | "startedOn" | "retryCount" | "output" | "createdOn" | "completedOn"
>;

/** pg-boss itself would read all of the kind. */
async function newestJobs(
  name: string,
  limit: number,
  { database, schema }: QueueTables,
): Promise<ViewedJob[]> {
  const columns = `id, name, state::text AS state, data, output, retry_count::int AS "retryCount",
    started_on AS "startedOn", created_on AS "createdOn", completed_on AS "completedOn"`;
  const { rows } = await database.query(
    `SELECT ${columns} FROM ${schema}.job WHERE name = $1 ORDER BY created_on DESC LIMIT $2`,
    [name, limit],
  );
  return rows as unknown as ViewedJob[];
}

async function readDeadLetters(
  queue: string,
  limit: number,
  { database, schema }: QueueTables,
): Promise<DeadLetter[]> {
  const { rows } = await database.query(
    `SELECT source_id, data, source_output, created_on FROM ${schema}.job
    WHERE name = $1 AND state < 'active' ORDER BY created_on DESC LIMIT $2`,
    [queue, limit],
  );
  return rows.map(({ source_id, data, source_output, created_on }) => ({
    id: String(source_id),
    data,
    error: errorText(source_output),
    diedAtMs: (created_on as Date).getTime(),
  }));
}

/** What a worker threw, as the queue keeps it. */
function errorText(output: unknown): string {
  if (typeof output !== "object" || output === null) return "UNKNOWN";
  const { code, message } = output as { readonly code?: unknown; readonly message?: unknown };
  const parts = [code, message].filter((part) => typeof part === "string");
  return parts.length === 0 ? "UNKNOWN" : parts.join(": ");
}

function toView(job: ViewedJob, progress: JobProgress | undefined): JobView {
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
