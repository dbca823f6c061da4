import { platformErrors } from "@trellis/platform";
import { z } from "zod";

const DAYS_MAX = 36_525;
/** Customers need time to fetch their proofs. */
const TREE_DAYS_MIN = 30;

const kept = (daysMin: number, fallback: number | "forever") =>
  z.union([z.int().min(daysMin).max(DAYS_MAX), z.literal("forever")]).default(fallback);

const scheduleSchema = z.strictObject({
  /** Lines of unfinished imports. */
  abandonedImports: kept(1, 7),
  importReports: kept(1, 365),
  /** Temporary uploads of killed processes. */
  uploads: kept(1, 1),
  /** Trees contain salts and secrets. */
  trees: kept(TREE_DAYS_MIN, "forever"),
  events: kept(1, 30),
  deliveries: kept(1, 30),
  deadLetters: kept(1, 90),
});

/** Days by subject, or "forever". */
export type RetentionSchedule = z.infer<typeof scheduleSchema>;
export type RetentionSubject = keyof RetentionSchedule;

export const RETENTION_SUBJECTS = Object.keys(scheduleSchema.shape) as readonly RetentionSubject[];

export const DEFAULT_SCHEDULE: RetentionSchedule = scheduleSchema.parse({});

/** @throws CONFIG_FILE_UNREADABLE */
export function parseRetentionSchedule(text: string): RetentionSchedule {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw platformErrors.CONFIG_FILE_UNREADABLE(
      { file: "retention schedule", reason: "not JSON", length: text.length },
      cause,
    );
  }
  const result = scheduleSchema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw platformErrors.CONFIG_FILE_UNREADABLE({
    file: "retention schedule",
    path: issue?.path.join(".") ?? "",
    reason: issue?.message ?? "",
  });
}
