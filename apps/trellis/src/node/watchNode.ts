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

export const CHECK_MS = 15_000;
/** A shorter problem notifies nobody. */
const CHECKS_MIN = 2;

/** Notifies of each problem once, and of its end. */
export function watchNode(problems: () => readonly NodeProblem[], ports: WatchPorts): { stop(): void } {
  const { clock, scheduler, log } = ports;
  const seen = new Map<string, { count: number; readonly subject: string }>();
  let occurrences = 0;
  const send = (problem: NodeProblem): void => {
    const notification = { ...problem, dedupeKey: `${problem.kind} ${++occurrences}`, timeMs: clock.nowMs() };
    ports
      .notifier()
      ?.notify(notification)
      .catch((error: Error) => log.warn("notification.failed", { error }));
  };
  const check = (): void => {
    const found = problems();
    for (const problem of found) {
      const lasting = seen.get(problem.kind) ?? { count: 0, subject: problem.subject };
      lasting.count += 1;
      seen.set(problem.kind, lasting);
      if (lasting.count === CHECKS_MIN) send(problem);
    }
    for (const [kind, { count, subject }] of seen) {
      if (found.some((problem) => problem.kind === kind)) continue;
      seen.delete(kind);
      const over = `Resolved: ${subject}`;
      if (count >= CHECKS_MIN) send({ kind, severity: "info", subject: over, text: "The problem is over." });
    }
  };
  return repeat(scheduler, CHECK_MS, () => {
    try {
      check();
    } catch (error) {
      log.warn("watch.failed", { error: error as Error });
    }
  });
}
