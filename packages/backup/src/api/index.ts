export type { BackupApiPorts } from "./BackupApiPorts.ts";
export { type BackupApi, createBackupApi, describeBackupApi } from "./createBackupApi.ts";
