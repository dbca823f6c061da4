import { z } from "zod";
import { complianceErrors } from "./errors.ts";

const DAYS_MAX = 36_525;
/** Customers look for their proof for a while after a snapshot. */
const TREE_DAYS_MIN = 30;

/** A time, or forever. */
const kept = (daysMin: number, fallback: number | "forever") =>
  z.union([z.int().min(daysMin).max(DAYS_MAX), z.literal("forever")]).default(fallback);

const scheduleSchema = z.strictObject({
  /** Lines that were read of files whose import never ended. */
  abandonedImports: kept(1, 7),
  /** What an import answered: counts and bad lines. */
  importReports: kept(1, 365),
  /** Temporary copies of uploaded files that a process left when it was killed. */
  uploads: kept(1, 1),
  /** Trees of snapshots, with the salts and secrets in them. */
  trees: kept(TREE_DAYS_MIN, "forever"),
  /** Events as they are streamed. */
  events: kept(1, 30),
  /** Deliveries to webhooks that arrived. */
  deliveries: kept(1, 30),
  /** Deliveries that were given up. */
  deadLetters: kept(1, 90),
});

/** How long what is kept. Days, by what it is. */
export type RetentionSchedule = z.infer<typeof scheduleSchema>;
export type RetentionSubject = keyof RetentionSchedule;

export const RETENTION_SUBJECTS = Object.keys(scheduleSchema.shape) as readonly RetentionSubject[];

/** What holds where no schedule is given. */
export const DEFAULT_SCHEDULE: RetentionSchedule = scheduleSchema.parse({});

/** @throws RETENTION_SCHEDULE_INVALID */
export function parseRetentionSchedule(text: string): RetentionSchedule {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw complianceErrors.RETENTION_SCHEDULE_INVALID({ reason: "not JSON", length: text.length }, cause);
  }
  const result = scheduleSchema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw complianceErrors.RETENTION_SCHEDULE_INVALID({
    path: issue?.path.join(".") ?? "",
    reason: issue?.message ?? "",
  });
}
