export { createLog, type LogDestination, type LogOptions } from "./createLog.ts";
export { createLogTail, type LogTailOptions } from "./createLogTail.ts";
export { createProcessLog, type ProcessLogOptions, type ProcessLogPorts } from "./createProcessLog.ts";
export type { LogLine, LogPage, LogQuery, LogTail } from "./LogTail.ts";
export { type LogFile, type LogFileOptions, type LogRotation, openLogFile } from "./openLogFile.ts";
export type { WrittenLevel } from "./ProcessLog.ts";
export { LOG_LEVELS, type LogLevel, type LogLevels, type ProcessLog } from "./ProcessLog.ts";
