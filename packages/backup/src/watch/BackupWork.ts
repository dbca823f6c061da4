import type { Manifest } from "../repository/Manifest.ts";
import type { RunResult } from "./BackupRun.ts";

/** What the watch does in one repository. Each call ends soon after the signal aborts. */
export interface BackupWork {
  /** For people; unique. */
  readonly place: string;
  full(signal: AbortSignal): Promise<RunResult>;
  log(signal: AbortSignal): Promise<RunResult>;
  /** Checks the whole repository, restores the newest backup and proves it. */
  verify(signal: AbortSignal): Promise<RunResult>;
  /** Undefined if the settings keep all backups. */
  readonly prune: ((signal: AbortSignal) => Promise<RunResult>) | undefined;
  /** Oldest first. */
  backups(): Promise<readonly Manifest[]>;
}
