import { type Counter, isTrellisError, type Log, type Scheduler } from "@trellis/base";
import { sql } from "kysely";
import { abortable } from "../cancellation/workSignal.ts";
import { dbErrors } from "../db/index.ts";
import { repeat } from "../lifecycle/repeat.ts";
import { ALIVE_S, type Attempt, failed, inSeconds, json, updateAttempt } from "./attempts.ts";
import { jobsErrors } from "./errors.ts";
import type { JobKind, JobProgress, JobRun } from "./Jobs.ts";
import type { Tables } from "./schema.ts";

export interface RunPorts {
  readonly tables: Tables;
  readonly log: Log;
  readonly scheduler: Scheduler;
  readonly counted: Counter;
}

export interface Work<Data> {
  readonly name: string;
  readonly kind: JobKind;
  readonly run: (job: JobRun<Data>) => Promise<unknown>;
}

/** If the outcome cannot be stored, the attempt expires. */
export async function runJob<Data>(
  job: Attempt,
  { name, kind, run }: Work<Data>,
  aborter: AbortController,
  { tables, log, scheduler, counted }: RunPorts,
): Promise<void> {
  const facts = { kind: name, id: job.id, attempt: job.attempt };
  const { signal } = aborter;
  const { aliveS = ALIVE_S } = kind;
  const { ciphers } = tables;
  const sealed = (output: object): string => ciphers.output.seal(job.id, JSON.stringify(output));
  const keep = (progress?: JobProgress): Promise<boolean> => {
    const set = sql`lease_until = ${inSeconds(aliveS)}, progress = coalesce(${json(progress)}, progress)`;
    return updateAttempt(tables, job, set);
  };
  const heartbeat = repeat(scheduler, (aliveS * 1_000) / 3, async () => {
    // No other process can claim the job while the database is unavailable.
    const isKept = await keep().catch(() => true);
    if (!isKept) aborter.abort(jobsErrors.LEASE_LOST(facts));
  });
  const progress = async (made: JobProgress): Promise<void> => {
    if (!(await keep(made))) aborter.abort(jobsErrors.JOB_CANCELLED(facts));
    signal.throwIfAborted();
  };
  try {
    const data: Data = JSON.parse(ciphers.data.open(job.id, job.data));
    const value = await untilAborted(signal, () =>
      run({ ...job, traceparent: job.traceparent ?? undefined, data, signal, progress }),
    );
    const output = value === undefined ? null : sealed({ value });
    await updateAttempt(tables, job, sql`state = 'done', output = ${output}, ended_on = now()`);
    counted.add(1, { kind: name, outcome: "done" });
  } catch (error) {
    counted.add(1, { kind: name, outcome: isTrellisError(error) ? error.code : "UNKNOWN" });
    const isOver = isFinal(error, kind);
    if (!signal.aborted) log.warn("job.failed", { ...facts, isFinal: isOver, reason: String(error) });
    // Requeues after a shutdown, except cancelled and expired jobs.
    const released = sql`state = 'waiting', start_after = now()`;
    await updateAttempt(
      tables,
      job,
      signal.aborted ? released : failed(sealed(toOutput(error)), isOver),
    ).catch((cause: unknown) =>
      log.warn("job.updateFailed", {
        ...facts,
        reason: String(cause),
        message: "The outcome of the attempt is not stored. The attempt expires.",
      }),
    );
  } finally {
    heartbeat.stop();
  }
}

async function untilAborted<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  signal.addEventListener("abort", () => aborted.reject(signal.reason), { once: true });
  return Promise.race([abortable(signal, work), aborted.promise]);
}

function toOutput(error: unknown): object {
  if (isTrellisError(error)) return error.toJSON();
  return error instanceof Error ? { name: error.name, message: error.message } : { message: String(error) };
}

/** Database refusals and unknown errors may be temporary. */
function isFinal(error: unknown, { retriedRefusals = [] }: Pick<JobKind, "retriedRefusals">): boolean {
  if (!isTrellisError(error) || Object.hasOwn(dbErrors.table, error.code)) return false;
  const isRefusal = error.consequence === "reject" || error.consequence === "fatal";
  return isRefusal && !retriedRefusals.includes(error.code);
}
