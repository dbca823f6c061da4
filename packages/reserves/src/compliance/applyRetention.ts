import { type Clock, isTrellisError } from "@trellis/base";
import type { AuditLog } from "@trellis/platform/audit";
import { RETENTION_SUBJECTS, type RetentionSchedule, type RetentionSubject } from "./RetentionSchedule.ts";

/** Removes expired entries, or only counts them in a dry run. Returns the count. */
export type Remove = (beforeMs: number, isDryRun: boolean) => Promise<number>;

export interface RetentionOutcome {
  readonly subject: RetentionSubject;
  /** Days, or "forever". */
  readonly kept: number | "forever";
  readonly beforeMs: number | undefined;
  /** In a dry run: entries that would be removed. */
  readonly count: number;
  /** Error code. Other subjects are still processed. */
  readonly failure: string | undefined;
}

export interface RetentionPorts {
  readonly subjects: Readonly<Record<RetentionSubject, Remove>>;
  readonly audit: Pick<AuditLog, "append">;
  readonly clock: Clock;
}

export interface RetentionRun {
  readonly isDryRun: boolean;
  readonly correlationId: string;
  readonly signal?: AbortSignal;
  readonly report?: (progress: { readonly done: number; readonly total: number }) => void;
}

const DAY_MS = 86_400_000;
const ACTOR = "service:retention";

export async function applyRetention(
  schedule: RetentionSchedule,
  { subjects, audit, clock }: RetentionPorts,
  { isDryRun, correlationId, signal, report }: RetentionRun,
): Promise<RetentionOutcome[]> {
  const nowMs = clock.nowMs();
  const outcomes: RetentionOutcome[] = [];
  for (const subject of RETENTION_SUBJECTS) {
    signal?.throwIfAborted();
    const kept = schedule[subject];
    const outcome =
      kept === "forever"
        ? { subject, kept, beforeMs: undefined, count: 0, failure: undefined }
        : { subject, kept, ...(await removed(subjects[subject], nowMs - kept * DAY_MS, isDryRun)) };
    outcomes.push(outcome);
    const { count, failure, beforeMs } = outcome;
    if (!isDryRun && (count > 0 || failure !== undefined)) {
      await audit.append({
        actor: ACTOR,
        action: "retain",
        subject,
        correlationId,
        outcome: failure === undefined ? "done" : "failed",
        facts: { count: String(count), beforeMs: String(beforeMs), ...(failure && { code: failure }) },
      });
    }
    report?.({ done: outcomes.length, total: RETENTION_SUBJECTS.length });
  }
  return outcomes;
}

async function removed(
  remove: Remove,
  beforeMs: number,
  isDryRun: boolean,
): Promise<Pick<RetentionOutcome, "beforeMs" | "count" | "failure">> {
  try {
    return { beforeMs, count: await remove(beforeMs, isDryRun), failure: undefined };
  } catch (error) {
    return { beforeMs, count: 0, failure: isTrellisError(error) ? error.code : "UNKNOWN" };
  }
}
