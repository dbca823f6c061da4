/** How jobs of one kind are run. */
export interface JobKind {
  /** At most one runs at a time, over all processes. */
  readonly isExclusive?: boolean;
  /** Jobs that one process runs at a time; 1 unless given. */
  readonly concurrency?: number;
  /** How often a job that failed is tried again; then it is a dead letter. 3 unless given. A refusal is final. */
  readonly retriesMax?: number;
  /** Codes of refusals that are tried again all the same: what somebody else said, who may say something else. */
  readonly retriedRefusals?: readonly string[];
  /** Before the first retry; doubled before each further one, with jitter. Seconds; 1 unless given. */
  readonly retryPauseS?: number;
  /** How long an attempt may take. Seconds; an hour unless given. */
  readonly timeoutS?: number;
  /** Without a sign of life for this long the job is given to another process. Seconds; 30 unless given. */
  readonly aliveS?: number;
}

/** How far a job is, as it tells itself. */
export interface JobProgress {
  readonly done: number;
  readonly total?: number;
  /** What it is doing: `hash`. */
  readonly phase?: string;
}

export interface JobRun<Data> {
  readonly id: string;
  readonly data: Data;
  /** From 1. */
  readonly attempt: number;
  /** Aborted when the job is cancelled, the process stops, or another process took the job over. */
  readonly signal: AbortSignal;
  /** @throws JOB_CANCELLED when the job was cancelled */
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
  /** What it gave, or why it failed last. */
  readonly output: unknown;
  readonly addedAtMs: number;
  readonly endedAtMs: number | undefined;
}

/** A job that failed for the last time, as it waits to be revived. */
export interface DeadLetter {
  readonly id: string;
  readonly data: unknown;
  /** Why it failed last. */
  readonly error: string;
  readonly diedAtMs: number;
}

/** How many jobs of a kind are in these states. */
export interface JobCounts {
  readonly waiting: number;
  readonly running: number;
  /** Dead letters that nobody has revived. */
  readonly dead: number;
}

export interface AddOptions {
  /** Of jobs with the same key only one waits or runs; another is not added. */
  readonly key?: string;
  readonly delayS?: number;
}

export interface Jobs {
  /**
   * @returns the job's id; undefined where one with the same key is there already
   * @throws JOB_KIND_UNKNOWN
   */
  add(kind: string, data: object, options?: AddOptions): Promise<string | undefined>;
  /** Runs jobs of a kind in this process, until it is closed. @throws JOB_KIND_UNKNOWN */
  work<Data>(kind: string, run: (job: JobRun<Data>) => Promise<unknown>): Promise<void>;
  /**
   * Adds a job at every time of a cron expression, in UTC, once over all processes. A kind has one schedule.
   * @throws JOB_KIND_UNKNOWN, JOB_SCHEDULE_INVALID
   */
  schedule(kind: string, cron: string, data?: object): Promise<void>;
  unschedule(kind: string): Promise<void>;
  /** @throws JOB_KIND_UNKNOWN, JOB_UNKNOWN */
  find(kind: string, id: string): Promise<JobView>;
  /** Newest first. */
  list(kind: string, limit: number): Promise<readonly JobView[]>;
  /** Of every kind. */
  counts(): Promise<ReadonlyMap<string, JobCounts>>;
  /** Those that nobody has revived, the newest first. @throws JOB_KIND_UNKNOWN */
  deadLetters(kind: string, limit: number): Promise<readonly DeadLetter[]>;
  /**
   * A job that runs learns of it by its signal; one that is dead is cancelled then, and revived no more.
   * @throws JOB_KIND_UNKNOWN, JOB_UNKNOWN
   */
  cancel(kind: string, id: string): Promise<void>;
  /**
   * Puts dead letters of a kind back into their queue, the newest of those that have one key; where another job holds
   * the key they stay dead letters. @returns how many
   */
  revive(kind: string): Promise<number>;
  /** Takes no more jobs and waits for those that run; what takes too long is left to others. */
  close(): Promise<void>;
}
