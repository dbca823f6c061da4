export interface JobKind {
  /** If true, at most one job runs over all processes. */
  readonly isExclusive?: boolean;
  /** Maximum per process; default: 1. */
  readonly concurrency?: number;
  /** Retries before a dead letter; default: 3. Refusals are not retried. */
  readonly retriesMax?: number;
  /** Codes of refusals that are retried, such as those of other services. */
  readonly retriedRefusals?: readonly string[];
  /** Delay before the first retry; doubles, with jitter; default: 1. */
  readonly retryPauseS?: number;
  /** Default: one hour. */
  readonly timeoutS?: number;
  /** Lease duration without heartbeat; default: 30. */
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
  /** Aborts on cancellation, process stop or a lost lease. */
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
  /** While a job with this key waits or runs, no second one is added. */
  readonly key?: string;
  readonly delayS?: number;
}

export interface Jobs {
  /** Undefined if the key is taken. @throws JOB_UNKNOWN */
  add(kind: string, data: object, options?: AddOptions): Promise<string | undefined>;
  /** @throws JOB_UNKNOWN */
  work<Data>(kind: string, run: (job: JobRun<Data>) => Promise<unknown>): Promise<void>;
  /** One cron schedule per kind, UTC, fired once over all processes. @throws JOB_UNKNOWN, ARGUMENT_INVALID */
  schedule(kind: string, cron: string, data?: object): Promise<void>;
  unschedule(kind: string): Promise<void>;
  /** @throws JOB_UNKNOWN */
  find(kind: string, id: string): Promise<JobView>;
  list(kind: string, limit: number): Promise<readonly JobView[]>;
  counts(): Promise<ReadonlyMap<string, JobCounts>>;
  /** Newest first. @throws JOB_UNKNOWN */
  deadLetters(kind: string, limit: number): Promise<readonly DeadLetter[]>;
  /** Aborts a running job; a cancelled dead job cannot be revived. @throws JOB_UNKNOWN */
  cancel(kind: string, id: string): Promise<void>;
  /** Requeues the newest dead letter per key, unless another job has the key. @returns their number */
  revive(kind: string): Promise<number>;
  /** Waits for running jobs up to the limit; other processes take over the rest. */
  close(): Promise<void>;
}
