import type { Occurrences } from "@trellis/platform/jobs";
import { type LastRuns, RUN_KINDS, type RunKind, SCHEDULED_KINDS, type ScheduledKind } from "./BackupRun.ts";

export interface Problem {
  /** Equal as long as the condition lasts. */
  readonly key: string;
  readonly condition: "failed" | "late";
  readonly kind: RunKind;
  readonly repository: string;
  /** Last success, or the first start if there is none. ms since the Unix epoch */
  readonly sinceMs: number;
  /** Only of a failure. */
  readonly code: string | undefined;
  readonly reason: string | undefined;
}

export interface WatchedState {
  readonly repositories: readonly string[];
  readonly lastRuns: readonly LastRuns[];
  readonly schedules: Readonly<Record<ScheduledKind, Occurrences>>;
  readonly firstStartMs: number;
  readonly nowMs: number;
}

/** Time in which the job system starts a scheduled run. */
const DUE_MS = 120_000;

/** A run is late when twice its interval has passed since the last success. [BACKUP-23] */
export function findProblems(state: WatchedState): Problem[] {
  return state.repositories.flatMap((repository) =>
    RUN_KINDS.flatMap((kind) => [
      ...failureOf(kind, repository, state),
      ...latenessOf(kind, repository, state),
    ]),
  );
}

function failureOf(kind: RunKind, repository: string, state: WatchedState): Problem[] {
  const { ended, succeeded } = lastOf(kind, repository, state) ?? {};
  if (ended?.outcome !== "failed") return [];
  const { code, reason } = ended;
  const sinceMs = succeeded?.startedMs ?? state.firstStartMs;
  return [{ ...named("failed", kind, repository), sinceMs, code, reason }];
}

function latenessOf(kind: RunKind, repository: string, state: WatchedState): Problem[] {
  if (!isScheduled(kind) || (kind === "log" && isRunning("full", repository, state))) return [];
  const sinceMs = lastOf(kind, repository, state)?.succeeded?.startedMs ?? state.firstStartMs;
  if (sinceMs >= state.schedules[kind].formerMs) return [];
  return [{ ...named("late", kind, repository), sinceMs, code: undefined, reason: undefined }];
}

/**
 * True if the process was stopped or too busy when a run was due, or if there is no full backup yet. A failed
 * run waits for its next time.
 */
export function isMissed(kind: ScheduledKind, state: WatchedState): boolean {
  const { lastMs } = state.schedules[kind];
  const isDue = state.nowMs - lastMs < DUE_MS;
  return state.repositories.some((repository) => {
    const startedMs = lastOf(kind, repository, state)?.started.startedMs;
    if (startedMs === undefined && kind === "full") return true;
    return !isDue && (startedMs ?? state.firstStartMs) < lastMs;
  });
}

export function lastOf(
  kind: RunKind,
  repository: string,
  { lastRuns }: Pick<WatchedState, "lastRuns">,
): LastRuns | undefined {
  return lastRuns.find((last) => last.kind === kind && last.repository === repository);
}

function named(condition: Problem["condition"], kind: RunKind, repository: string) {
  return { key: `${condition} ${kind} ${repository}`, condition, kind, repository };
}

/** Log backups wait for a running full backup. */
function isRunning(kind: RunKind, repository: string, state: WatchedState): boolean {
  return lastOf(kind, repository, state)?.started.outcome === "running";
}

function isScheduled(kind: RunKind): kind is ScheduledKind {
  return SCHEDULED_KINDS.some((one) => one === kind);
}
