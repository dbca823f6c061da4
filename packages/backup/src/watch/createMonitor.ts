import type { Clock, Log } from "@trellis/base";
import type { Jobs, Occurrences } from "@trellis/platform/jobs";
import type { Notification } from "@trellis/platform/notify";
import { type RunKind, SCHEDULED_KINDS, type ScheduledKind } from "./BackupRun.ts";
import { findProblems, isMissed, type Problem, type WatchedState } from "./findProblems.ts";
import type { BackupMetrics } from "./measureBackups.ts";
import type { History } from "./openHistory.ts";

export interface MonitorPorts {
  readonly repositories: readonly string[];
  readonly history: Pick<
    History,
    "lastRuns" | "firstStartMs" | "forgetFuture" | "openProblems" | "addProblem" | "removeProblem"
  >;
  readonly jobs: Pick<Jobs, "add" | "counts">;
  /** Around a time. */
  readonly schedules: (nowMs: number) => Promise<Readonly<Record<ScheduledKind, Occurrences>>>;
  readonly notify: ((notification: Notification) => Promise<void>) | undefined;
  readonly metrics: Pick<BackupMetrics, "show">;
  readonly clock: Clock;
  readonly log: Log;
}

export interface Monitor {
  state(): Promise<WatchedState>;
  /** Starts missed runs, notifies of new and solved problems, and updates the metrics. */
  look(): Promise<void>;
}

const NAMES: Readonly<Record<RunKind, string>> = {
  full: "full backup",
  log: "log backup",
  verify: "verification",
  prune: "prune",
};

/** Open problems are stored, so that a restart neither repeats an alert nor forgets its end. [BACKUP-23] */
export function createMonitor(ports: MonitorPorts): Monitor {
  const { history, jobs, notify, clock, log } = ports;

  async function state(): Promise<WatchedState> {
    const nowMs = clock.nowMs();
    await history.forgetFuture(nowMs);
    const [lastRuns, firstStartMs] = [await history.lastRuns(), await history.firstStartMs(nowMs)];
    const schedules = await ports.schedules(nowMs);
    return { repositories: ports.repositories, lastRuns, schedules, firstStartMs, nowMs };
  }

  async function catchUp(seen: WatchedState): Promise<void> {
    const missed = SCHEDULED_KINDS.filter((kind) => isMissed(kind, seen));
    if (missed.length === 0) return;
    const counts = await jobs.counts();
    for (const kind of missed) {
      const { waiting = 0, running = 0 } = counts.get(kind) ?? {};
      if (waiting + running > 0) continue;
      await jobs.add(kind, {}, { key: kind });
      log.info("backup.missed", { kind, message: "The run starts now." });
    }
  }

  async function alert(problems: readonly Problem[]): Promise<void> {
    const open = await history.openProblems();
    const keys = new Set(problems.map(({ key }) => key));
    for (const problem of open) {
      if (keys.has(problem.key)) continue;
      await notify?.(recovered(problem, clock.nowMs()));
      await history.removeProblem(problem.key);
      log.info("backup.recovered", { kind: problem.kind, repository: problem.repository });
    }
    for (const problem of problems) {
      if (open.some(({ key }) => key === problem.key)) continue;
      await notify?.(alertOf(problem, clock.nowMs()));
      await history.addProblem(problem);
      const { condition, kind, repository, code } = problem;
      log.error(`backup.${condition}`, { kind, repository, code });
    }
  }

  return {
    state,
    async look() {
      const seen = await state();
      const problems = findProblems(seen);
      ports.metrics.show(seen, problems);
      await catchUp(seen);
      await alert(problems);
    },
  };
}

function alertOf(
  { key, condition, kind, repository, sinceMs, ...why }: Problem,
  timeMs: number,
): Notification {
  const since = new Date(sinceMs).toISOString();
  const text =
    condition === "late"
      ? `No ${NAMES[kind]} has succeeded since ${since}.`
      : `The ${NAMES[kind]} failed: ${why.code}: ${why.reason}. Last success or first start: ${since}.`;
  return {
    kind: `backup.${condition}`,
    severity: "critical",
    subject: `${NAMES[kind]} ${condition}: ${repository}`,
    text,
    dedupeKey: `${key} ${sinceMs}`,
    timeMs,
  };
}

function recovered({ key, kind, repository, sinceMs }: Problem, timeMs: number): Notification {
  return {
    kind: "backup.recovered",
    severity: "info",
    subject: `${NAMES[kind]} succeeded again: ${repository}`,
    text: `The ${NAMES[kind]} of ${repository} is on time and succeeds again.`,
    dedupeKey: `recovered ${key} ${sinceMs}`,
    timeMs,
  };
}
