import { defineMetrics } from "@trellis/base";

const REPOSITORY = { repository: 32 } as const;
const RUN = { kind: ["full", "log", "verify", "prune"], ...REPOSITORY } as const;

export const backupMetrics = defineMetrics({
  trellis_backup_runs_total: {
    type: "counter",
    unit: "runs",
    meaning: "Ended runs by kind and outcome.",
    labels: { ...RUN, outcome: ["succeeded", "retrying", "failed", "interrupted"] },
  },
  trellis_backup_last_success_timestamp_seconds: {
    type: "gauge",
    unit: "seconds",
    meaning: "Start of the newest successful run; 0: none.",
    labels: RUN,
  },
  trellis_backup_age_seconds: {
    type: "gauge",
    unit: "seconds",
    meaning: "Time since the newest successful run, or since the first start.",
    labels: RUN,
  },
  trellis_backup_duration_seconds: {
    type: "gauge",
    unit: "seconds",
    meaning: "Duration of the newest successful run.",
    labels: RUN,
  },
  trellis_backup_bytes: {
    type: "gauge",
    unit: "bytes",
    meaning: "Bytes of the newest backup, or bytes that the newest verification checked.",
    labels: RUN,
  },
  trellis_backup_added_bytes: {
    type: "gauge",
    unit: "bytes",
    meaning: "Bytes that the newest backup added to the repository.",
    labels: RUN,
  },
  trellis_backup_verified_timestamp_seconds: {
    type: "gauge",
    unit: "seconds",
    meaning: "Start of the newest successful verification; 0: none.",
    labels: REPOSITORY,
  },
  trellis_backup_problems: {
    type: "gauge",
    unit: "runs",
    meaning: "Failed and late runs.",
    labels: { ...REPOSITORY, condition: ["failed", "late"] },
  },
});
