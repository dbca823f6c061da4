export interface JobKind {
  /** At most one job runs across all processes. */
  readonly isExclusive?: boolean;
  /** Per process. Default: 1. */
  readonly concurrency?: number;
  /** Default: 3. Refusals are not retried. */
  readonly retriesMax?: number;
  readonly retriedRefusals?: readonly string[];
  /** Pause before the first retry. Doubles, with jitter. Default: 1 s. */
  readonly retryPauseS?: number;
  /** Default: one hour. */
  readonly timeoutS?: number;
  /** Lease duration without a heartbeat. Default: 30 s. */
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
  readonly traceparent?: string | undefined;
  /** Aborts on cancellation, shutdown or loss of the lease. */
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
  /** Until the job ends, no second job with the key is added. */
  readonly key?: string;
  readonly delayS?: number;
  /** W3C trace context of the cause. */
  readonly traceparent?: string | undefined;
}

export interface Jobs {
  /** Undefined if the key is taken. @throws JOB_UNKNOWN */
  add(kind: string, data: object, options?: AddOptions): Promise<string | undefined>;
  /** @throws JOB_UNKNOWN */
  work<Data>(kind: string, run: (job: JobRun<Data>) => Promise<unknown>): Promise<void>;
  /** Cron in UTC; each occurrence starts one job across processes. @throws JOB_UNKNOWN, ARGUMENT_INVALID */
  schedule(kind: string, cron: string, data?: object): Promise<void>;
  unschedule(kind: string): Promise<void>;
  /** @throws JOB_UNKNOWN */
  find(kind: string, id: string): Promise<JobView>;
  list(kind: string, limit: number): Promise<readonly JobView[]>;
  counts(): Promise<ReadonlyMap<string, JobCounts>>;
  /** Newest first. @throws JOB_UNKNOWN */
  deadLetters(kind: string, limit: number): Promise<readonly DeadLetter[]>;
  /** A cancelled dead job cannot be revived. @throws JOB_UNKNOWN */
  cancel(kind: string, id: string): Promise<void>;
  /** Requeues the newest dead letter per key, unless the key is taken. @returns their number */
  revive(kind: string): Promise<number>;
  /** Waits for running jobs up to `stopMsMax`. Other processes take over unfinished jobs. */
  close(): Promise<void>;
}
