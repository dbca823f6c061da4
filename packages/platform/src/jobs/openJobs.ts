import { AsyncLocalStorage } from "node:async_hooks";
import type { Log, Metrics, Scheduler } from "@trellis/base";
import type { AtRest } from "../atRest/index.ts";
import type { Database } from "../db/index.ts";
import { STOP_DEADLINE_MS } from "../lifecycle/index.ts";
import { platformMetrics } from "../metrics.ts";
import { addJob, cancelJob, reviveJobs } from "./changeJobs.ts";
import { createWorkers } from "./createWorkers.ts";
import { jobsErrors } from "./errors.ts";
import type { JobKind, Jobs } from "./Jobs.ts";
import { countJobs, findJob, listDeadLetters, listJobs } from "./readJobs.ts";
import { removeSchedule, setSchedule } from "./schedules.ts";
import { openJobTables } from "./schema.ts";
import { startMaintenance } from "./startMaintenance.ts";

export interface JobsPorts {
  readonly database: Database;
  /** Encrypts data and outputs. */
  readonly atRest?: AtRest | undefined;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly scheduler: Scheduler;
}

export interface JobsOptions {
  readonly kinds: Readonly<Record<string, JobKind>>;
  /** The tables' schema has the suffix `_state`. */
  readonly schema?: string;
  /** For jobs without a notification, such as retries. Default: 2 s. */
  readonly pollS?: number;
  /** Default: the process's stop deadline minus CLOSING_MS. */
  readonly stopMsMax?: number;
  readonly isMaintainer?: boolean;
}

const CLOSING_MS = 1_500;

/** Durable job queue. (ADR 0027) */
export async function openJobs(options: JobsOptions, ports: JobsPorts): Promise<Jobs> {
  const { kinds, schema = "jobs", pollS = 2, isMaintainer = true } = options;
  const { database, log, metrics, scheduler } = ports;
  const tables = await openJobTables(`${schema}_state`, ports);
  const counted = metrics.counter(platformMetrics.trellis_job_attempts_total);
  const workers = createWorkers(pollS * 1_000, { tables, log, scheduler, counted });
  // The embedded database calls listeners in the context of the notifying statement.
  const listening = await database.listen(tables.schema, AsyncLocalStorage.bind(workers.hear));
  const maintenance = isMaintainer ? startMaintenance(tables, { log, scheduler }) : undefined;
  const known = (kind: string): string => {
    if (!Object.hasOwn(kinds, kind))
      throw jobsErrors.JOB_UNKNOWN({ reason: "unknown kind", kind: kind.slice(0, 64) });
    return kind;
  };
  return {
    add: async (kind, data, added = {}) => addJob(tables, known(kind), data, added),
    work: async (kind, run) => workers.work({ name: known(kind), kind: kinds[kind]!, run }),
    schedule: async (kind, cron, data = {}) => setSchedule(tables, known(kind), cron, data),
    unschedule: async (kind) => removeSchedule(tables, known(kind)),
    find: async (kind, id) => findJob(tables, known(kind), id),
    list: async (kind, limit) => listJobs(tables, known(kind), limit),
    counts: () => countJobs(tables, Object.keys(kinds)),
    deadLetters: async (kind, limit) => listDeadLetters(tables, known(kind), limit),
    async cancel(kind, id) {
      await findJob(tables, known(kind), id);
      await cancelJob(tables, kind, id);
    },
    revive: async (kind) => reviveJobs(tables, known(kind)),
    async close() {
      await maintenance?.stop();
      await workers.close(options.stopMsMax ?? STOP_DEADLINE_MS - CLOSING_MS);
      await listening.close();
    },
  };
}
