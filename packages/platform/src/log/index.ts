export { createLog, type LogDestination, type LogOptions } from "./createLog.ts";
export { createProcessLog, type ProcessLogOptions } from "./createProcessLog.ts";
export { LOG_LEVELS, type LogLevel, type ProcessLog } from "./ProcessLog.ts";
