export {
  type BackupRun,
  OUTCOMES,
  RUN_KINDS,
  type RunResult,
  SCHEDULED_KINDS,
  type ScheduledKind,
} from "./BackupRun.ts";
export type { BackupWork } from "./BackupWork.ts";
export { createMonitor, type Monitor } from "./createMonitor.ts";
export { findProblems, lastOf, type Problem, type WatchedState } from "./findProblems.ts";
export { measureBackups } from "./measureBackups.ts";
export { History, openHistory } from "./openHistory.ts";
export { RETRIES_MAX, Runner } from "./Runner.ts";
