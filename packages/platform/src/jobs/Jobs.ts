export interface JobKind {
  /** If true, at most one job runs across all processes. */
  readonly isExclusive?: boolean;
  /** Maximum per process. Default: 1. */
  readonly concurrency?: number;
  /** Retries before the job is a dead letter. Default: 3. Refusals are not retried. */
  readonly retriesMax?: number;
  /** Codes of refusals that are retried. */
  readonly retriedRefusals?: readonly string[];
  /** Delay before the first retry; doubles, with jitter. Default: 1 s. */
  readonly retryPauseS?: number;
  /** Default: one hour. */
  readonly timeoutS?: number;
  /** Time without a heartbeat after which the lease ends. Default: 30 s. */
  readonly aliveS?: number;
}

export interface JobProgress {
  readonly done: number;
  readonly total?: number;
  readonly phase?: string;
}

export interface JobRun<Data> {
  readonly id: string;
  readonly data: Data;
  readonly attempt: number;
  /** Aborted on cancellation, shutdown or loss of the lease. */
  readonly signal: AbortSignal;
  /** @throws JOB_CANCELLED */
  progress(progress: JobProgress): Promise<void>;
}

export type JobState = "waiting" | "running" | "done" | "cancelled" | "dead";

export interface JobView {
  readonly id: string;
  readonly kind: string;
  readonly state: JobState;
  readonly data: unknown;
  readonly attempts: number;
  readonly progress: JobProgress | undefined;
  readonly output: unknown;
  readonly addedAtMs: number;
  readonly endedAtMs: number | undefined;
}

export interface DeadLetter {
  readonly id: string;
  readonly data: unknown;
  readonly error: string;
  readonly diedAtMs: number;
}

export interface JobCounts {
  readonly waiting: number;
  readonly running: number;
  readonly dead: number;
}

export interface AddOptions {
  /** While a job with this key waits or runs, no second job with the key is added. */
  readonly key?: string;
  readonly delayS?: number;
}

export interface Jobs {
  /** Undefined if a job has the key. @throws JOB_UNKNOWN */
  add(kind: string, data: object, options?: AddOptions): Promise<string | undefined>;
  /** @throws JOB_UNKNOWN */
  work<Data>(kind: string, run: (job: JobRun<Data>) => Promise<unknown>): Promise<void>;
  /**
   * One cron schedule (UTC) per kind; each occurrence starts one job across all processes. @throws
   * JOB_UNKNOWN, ARGUMENT_INVALID
   */
  schedule(kind: string, cron: string, data?: object): Promise<void>;
  unschedule(kind: string): Promise<void>;
  /** @throws JOB_UNKNOWN */
  find(kind: string, id: string): Promise<JobView>;
  list(kind: string, limit: number): Promise<readonly JobView[]>;
  counts(): Promise<ReadonlyMap<string, JobCounts>>;
  /** Newest first. @throws JOB_UNKNOWN */
  deadLetters(kind: string, limit: number): Promise<readonly DeadLetter[]>;
  /** Aborts a running job. A cancelled dead job cannot be revived. @throws JOB_UNKNOWN */
  cancel(kind: string, id: string): Promise<void>;
  /**
   * Requeues the newest dead letter per key, unless another job has the key. @returns number of requeued jobs
   */
  revive(kind: string): Promise<number>;
  /** Waits for running jobs up to the time limit. Other processes take over unfinished jobs. */
  close(): Promise<void>;
}
