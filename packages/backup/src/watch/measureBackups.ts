import type { Counter, Metrics } from "@trellis/base";
import { SCHEDULED_KINDS } from "./BackupRun.ts";
import { lastOf, type Problem, type WatchedState } from "./findProblems.ts";

export interface BackupMetrics {
  /** By kind, repository and outcome. */
  readonly counted: Counter;
  show(state: WatchedState, problems: readonly Problem[]): void;
}

const MS_PER_S = 1_000;

export function measureBackups(metrics: Metrics): BackupMetrics {
  const labels = ["kind", "repository"];
  const gauge = (name: string, help: string) =>
    metrics.gauge({ name: `trellis_backup_${name}`, help, labels });
  const successMs = gauge("last_success_timestamp_seconds", "Start of the newest successful run; 0: none.");
  const age = gauge("age_seconds", "Seconds since the newest successful run, or since the first start.");
  const duration = gauge("duration_seconds", "Duration of the newest successful run.");
  const bytes = gauge("bytes", "Bytes of the newest backup, or bytes that the newest verification checked.");
  const added = gauge("added_bytes", "Bytes that the newest backup added to the repository.");
  const verified = metrics.gauge({
    name: "trellis_backup_verified_timestamp_seconds",
    help: "Start of the newest successful verification; 0: none.",
    labels: ["repository"],
  });
  const open = metrics.gauge({
    name: "trellis_backup_problems",
    help: "Failed and late runs.",
    labels: ["repository", "condition"],
  });
  return {
    counted: metrics.counter({
      name: "trellis_backup_runs_total",
      help: "Ended runs by kind and outcome.",
      labels: [...labels, "outcome"],
    }),
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
