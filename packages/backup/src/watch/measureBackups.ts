import type { Counter, Metrics } from "@trellis/base";
import { backupMetrics } from "../metrics.ts";
import { SCHEDULED_KINDS } from "./BackupRun.ts";
import { lastOf, type Problem, type WatchedState } from "./findProblems.ts";

export interface BackupMetrics {
  /** By kind, repository and outcome. */
  readonly counted: Counter;
  show(state: WatchedState, problems: readonly Problem[]): void;
}

const MS_PER_S = 1_000;

export function measureBackups(metrics: Metrics): BackupMetrics {
  const successMs = metrics.gauge(backupMetrics.trellis_backup_last_success_timestamp_seconds);
  const age = metrics.gauge(backupMetrics.trellis_backup_age_seconds);
  const duration = metrics.gauge(backupMetrics.trellis_backup_duration_seconds);
  const bytes = metrics.gauge(backupMetrics.trellis_backup_bytes);
  const added = metrics.gauge(backupMetrics.trellis_backup_added_bytes);
  const verified = metrics.gauge(backupMetrics.trellis_backup_verified_timestamp_seconds);
  const open = metrics.gauge(backupMetrics.trellis_backup_problems);
  return {
    counted: metrics.counter(backupMetrics.trellis_backup_runs_total),
    show(state, problems) {
      for (const repository of state.repositories) {
        for (const kind of SCHEDULED_KINDS) {
          const at = { kind, repository };
          const run = lastOf(kind, repository, state)?.succeeded;
          successMs.set((run?.startedMs ?? 0) / MS_PER_S, at);
          age.set((state.nowMs - (run?.startedMs ?? state.firstStartMs)) / MS_PER_S, at);
          if (kind === "verify") verified.set((run?.startedMs ?? 0) / MS_PER_S, { repository });
          if (run?.endedMs === undefined) continue;
          duration.set((run.endedMs - run.startedMs) / MS_PER_S, at);
          bytes.set(run.bytes, at);
          added.set(run.addedBytes, at);
        }
        for (const condition of ["failed", "late"] as const)
          open.set(count(problems, repository, condition), { repository, condition });
      }
    },
  };
}

function count(problems: readonly Problem[], repository: string, condition: Problem["condition"]): number {
  return problems.filter((problem) => problem.repository === repository && problem.condition === condition)
    .length;
}
