import { z } from "zod";
import { OUTCOMES, RUN_KINDS, SCHEDULED_KINDS } from "../watch/index.ts";

const timeMs = z.int().min(0).meta({ description: "Unix time in milliseconds" });
const bytes = z.int().min(0);
export const runKind = z.enum(RUN_KINDS).meta({
  id: "RunKind",
  description: "`log` continues the newest full backup; `verify` restores the newest backup and proves it",
});
export const scheduledKind = z.enum(SCHEDULED_KINDS).meta({ id: "ScheduledKind" });

export const run = z
  .strictObject({
    id: z.int(),
    jobId: z.string(),
    kind: runKind,
    repository: z.string(),
    startedAtMs: timeMs,
    endedAtMs: timeMs.nullable(),
    outcome: z.enum(OUTCOMES).meta({ description: "`retrying`: failed, but another attempt follows" }),
    backup: z
      .string()
      .nullable()
      .meta({ description: "id of the made or verified backup; null: nothing was written" }),
    bytes: bytes.meta({ description: "size of the backup, or bytes that a verification checked" }),
    addedBytes: bytes.meta({ description: "bytes that the repository gained" }),
    proofs: z.array(z.string()),
    code: z.string().nullable().meta({ description: "error code of a failed run" }),
    reason: z.string().nullable(),
  })
  .meta({ id: "BackupRun" });

export const backup = z
  .strictObject({
    id: z.string(),
    base: z
      .string()
      .nullable()
      .meta({ description: "full backup that a log backup continues; null: a full backup" }),
    atMs: timeMs,
    release: z.string().meta({ description: "version of Trellis" }),
    bytes,
    addedBytes: bytes.meta({ description: "bytes that the repository gained" }),
    partCount: z.int().min(0),
  })
  .meta({ id: "Backup" });

export const repository = z
  .strictObject({
    repository: z.string(),
    backups: z.array(backup).meta({ description: "newest first" }),
    code: z.string().nullable().meta({ description: "error code if the repository cannot be read" }),
    reason: z.string().nullable(),
  })
  .meta({ id: "BackupRepository" });

export const problem = z
  .strictObject({
    condition: z.enum(["failed", "late"]),
    kind: runKind,
    repository: z.string(),
    sinceMs: timeMs.meta({ description: "last success, or the first start of the service" }),
    code: z.string().nullable(),
    reason: z.string().nullable(),
  })
  .meta({ id: "BackupProblem" });

export const kindStatus = z
  .strictObject({
    kind: scheduledKind,
    repository: z.string(),
    state: z.enum(["ok", "late", "failed"]),
    isRunning: z.boolean(),
    ageMs: z
      .int()
      .min(0)
      .nullable()
      .meta({ description: "time since the newest success started; null: none yet" }),
    nextAtMs: timeMs,
    last: run.nullable().meta({ description: "newest run" }),
    lastSuccess: run.nullable(),
  })
  .meta({ id: "BackupKindStatus" });

export const status = z
  .strictObject({ kinds: z.array(kindStatus), problems: z.array(problem) })
  .meta({ id: "BackupStatus" });
