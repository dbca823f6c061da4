/** `log` continues the newest full backup; `verify` restores the newest backup and proves it. */
export const RUN_KINDS = ["full", "log", "verify", "prune"] as const;
export type RunKind = (typeof RUN_KINDS)[number];

/** Kinds that have a schedule. */
export const SCHEDULED_KINDS = ["full", "log", "verify"] as const satisfies readonly RunKind[];
export type ScheduledKind = (typeof SCHEDULED_KINDS)[number];

/** `retrying`: failed, but a later attempt follows. `interrupted`: its process ended. */
export const OUTCOMES = ["running", "succeeded", "retrying", "failed", "interrupted"] as const;
export type RunOutcome = (typeof OUTCOMES)[number];

export interface RunResult {
  /** Backup that was made or verified. Undefined if nothing was written since the last one. */
  readonly backup: string | undefined;
  /** Size of the backup, or bytes that a verification checked. */
  readonly bytes: number;
  /** Bytes that the repository gained. */
  readonly addedBytes: number;
  /** What a verification has shown, for people. */
  readonly proofs?: readonly string[];
}

/** One attempt, in one repository. */
export interface BackupRun extends RunResult {
  readonly id: number;
  readonly kind: RunKind;
  readonly repository: string;
  readonly jobId: string;
  readonly startedMs: number;
  readonly endedMs: number | undefined;
  readonly outcome: RunOutcome;
  readonly code: string | undefined;
  readonly reason: string | undefined;
}

/** Newest runs of one kind in one repository. */
export interface LastRuns {
  readonly kind: RunKind;
  readonly repository: string;
  /** Undefined while the first run is running. */
  readonly ended: BackupRun | undefined;
  readonly succeeded: BackupRun | undefined;
  readonly started: BackupRun;
}
