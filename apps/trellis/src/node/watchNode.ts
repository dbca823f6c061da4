import type { Clock, Log, Scheduler } from "@trellis/base";
import type { Notifier } from "@trellis/platform/notify";
import { repeat } from "@trellis/platform/service";
import type { NodeProblem } from "./nodeProblems.ts";

interface WatchPorts {
  readonly notifier: () => Pick<Notifier, "notify"> | undefined;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly log: Log;
}

export const LOOK_MS = 15_000;
/** A shorter problem notifies nobody. */
const LOOKS_MIN = 2;

/** Notifies of each problem once, and of its end. */
export function watchNode(problems: () => readonly NodeProblem[], ports: WatchPorts): { stop(): void } {
  const { clock, scheduler, log } = ports;
  const looks = new Map<string, { count: number; readonly subject: string }>();
  let occurrences = 0;
  const tell = (problem: NodeProblem): void => {
    const notification = { ...problem, dedupeKey: `${problem.kind} ${++occurrences}`, timeMs: clock.nowMs() };
    ports
      .notifier()
      ?.notify(notification)
      .catch((error: Error) => log.warn("notification.failed", { error }));
  };
  const look = (): void => {
    const found = problems();
    for (const problem of found) {
      const seen = looks.get(problem.kind) ?? { count: 0, subject: problem.subject };
      seen.count += 1;
      looks.set(problem.kind, seen);
      if (seen.count === LOOKS_MIN) tell(problem);
    }
    for (const [kind, { count, subject }] of looks) {
      if (found.some((problem) => problem.kind === kind)) continue;
      looks.delete(kind);
      const over = `Resolved: ${subject}`;
      if (count >= LOOKS_MIN) tell({ kind, severity: "info", subject: over, text: "The problem is over." });
    }
  };
  return repeat(scheduler, LOOK_MS, () => {
    try {
      look();
    } catch (error) {
      log.warn("watch.failed", { error: error as Error });
    }
  });
}
