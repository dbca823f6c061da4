import { type Clock, type Counter, isTrellisError, type Log, SerialQueue } from "@trellis/base";
import { uninterruptible } from "@trellis/platform/cancellation";
import type { Jobs } from "@trellis/platform/jobs";
import type { RunKind, RunResult, ScheduledKind } from "./BackupRun.ts";
import type { BackupWork } from "./BackupWork.ts";
import { lastOf } from "./findProblems.ts";
import type { EndedRun, History } from "./openHistory.ts";

/** Retries after the first failure of a run. */
export const RETRIES_MAX = 3;

export interface RunnerPorts {
  readonly works: readonly BackupWork[];
  readonly history: Pick<History, "begin" | "end" | "hasSucceeded" | "lastRuns">;
  readonly jobs: Pick<Jobs, "add">;
  /** Time of the newest scheduled occurrence. */
  readonly dueMs: (kind: ScheduledKind) => Promise<number>;
  readonly clock: Clock;
  readonly log: Log;
  readonly counted: Counter;
}

export interface RunJob {
  readonly id: string;
  readonly data: { readonly by?: string };
  readonly attempt: number;
  readonly signal: AbortSignal;
}

/** One change of a repository at a time; verifications run beside backups, but not beside a prune. */
export class Runner {
  readonly #ports: RunnerPorts;
  readonly #changes = new SerialQueue();
  readonly #running = new Set<Promise<void>>();
  #verifications = 0;

  constructor(ports: RunnerPorts) {
    this.#ports = ports;
  }

  /** @throws the first error of a repository, after the other repositories */
  run(kind: ScheduledKind, job: RunJob): Promise<void> {
    const run = kind === "verify" ? this.#verify(job) : this.#changes.run(() => this.#runAll(kind, job));
    const ended = run.catch(() => {});
    this.#running.add(ended);
    void ended.then(() => this.#running.delete(ended));
    return run;
  }

  /** Resolves once all runs have ended. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  async #verify(job: RunJob): Promise<void> {
    await this.#changes.run(() => {
      this.#verifications += 1;
    });
    try {
      await this.#runAll("verify", job);
    } finally {
      this.#verifications -= 1;
    }
  }

  async #runAll(kind: ScheduledKind, job: RunJob): Promise<void> {
    const { works, jobs, log } = this.#ports;
    const failures: unknown[] = [];
    for (const work of works) {
      job.signal.throwIfAborted();
      if (await this.#isDone(kind, work.place, job)) continue;
      try {
        await attempt(kind, work, job, this.#ports);
        if (kind === "full") await this.#prune(work, job);
      } catch (error) {
        job.signal.throwIfAborted();
        log.warn("backup.attemptFailed", { kind, repository: work.place, error: error as Error });
        failures.push(error);
        if (isTrellisError(error, "BACKUP_LOG_GAP")) await jobs.add("full", {}, { key: "full" });
      }
    }
    if (failures.length > 0) throw failures[0];
  }

  /** True for a retry, and for a scheduled run that had to wait until after another. */
  async #isDone(kind: ScheduledKind, repository: string, { id, data }: RunJob): Promise<boolean> {
    const { history, dueMs } = this.#ports;
    if (await history.hasSucceeded({ kind, repository, jobId: id })) return true;
    if (data.by !== undefined) return false;
    const last = lastOf(kind, repository, { lastRuns: await history.lastRuns() });
    return (last?.succeeded?.startedMs ?? Number.NEGATIVE_INFINITY) >= (await dueMs(kind));
  }

  /** The next full backup repeats a failed prune. */
  async #prune({ place, prune }: BackupWork, job: RunJob): Promise<void> {
    // A prune would delete what a verification reads.
    if (prune === undefined || this.#verifications > 0) return;
    try {
      await attempt("prune", { place, prune }, { ...job, attempt: RETRIES_MAX + 1 }, this.#ports);
    } catch (error) {
      const { log } = this.#ports;
      log.warn("backup.attemptFailed", { kind: "prune", repository: place, error: error as Error });
    }
  }
}

type Step<Kind extends RunKind> = Pick<BackupWork, "place"> &
  Readonly<Record<Kind, (signal: AbortSignal) => Promise<RunResult>>>;

async function attempt<Kind extends RunKind>(
  kind: Kind,
  work: Step<Kind>,
  { id: jobId, attempt: number, signal }: RunJob,
  { history, clock, log, counted }: RunnerPorts,
): Promise<void> {
  const repository = work.place;
  const startedMs = clock.nowMs();
  const id = await history.begin({ kind, repository, jobId, startedMs });
  const end = async (run: Omit<EndedRun, "endedMs">): Promise<void> => {
    await uninterruptible(() => history.end(id, { ...run, endedMs: clock.nowMs() }));
    counted.add(1, { kind, repository, outcome: run.outcome });
  };
  let result: RunResult;
  try {
    result = await work[kind](signal);
  } catch (error) {
    const code = isTrellisError(error) ? error.code : "INTERNAL";
    const outcome = signal.aborted ? "interrupted" : willRetry(error, number) ? "retrying" : "failed";
    await end({ outcome, code, reason: reasonOf(error) });
    throw error;
  }
  await end({ ...result, outcome: "succeeded" });
  const { backup = "", bytes, addedBytes } = result;
  const seconds = (clock.nowMs() - startedMs) / 1_000;
  log.info("backup.succeeded", { kind, repository, backup, bytes, addedBytes, seconds });
}

/** As the job system decides. */
function willRetry(error: unknown, attempt: number): boolean {
  const isRefusal =
    isTrellisError(error) && (error.consequence === "reject" || error.consequence === "fatal");
  return !isRefusal && attempt <= RETRIES_MAX;
}

function reasonOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, 1_000);
}
