export type { BackupWork, RunResult } from "../watch/index.ts";
export { type BackupWatchPorts, type OpenedBackupWatch, openBackupWatch } from "./openBackupWatch.ts";
