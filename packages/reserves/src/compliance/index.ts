export {
  applyRetention,
  type Remove,
  type RetentionOutcome,
  type RetentionPorts,
  type RetentionRun,
} from "./applyRetention.ts";
export {
  DEFAULT_SCHEDULE,
  parseRetentionSchedule,
  RETENTION_SUBJECTS,
  type RetentionSchedule,
  type RetentionSubject,
} from "./RetentionSchedule.ts";
