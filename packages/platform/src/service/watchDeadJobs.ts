import type { Clock, Log, Scheduler } from "@trellis/base";
import type { DeadLetter, Jobs } from "../jobs/index.ts";
import { repeat } from "../lifecycle/repeat.ts";
import type { NotificationJob, Notifier } from "../notify/index.ts";

interface DeadJobPorts {
  readonly jobs: Pick<Jobs, "deadLetters">;
  readonly notifier: Pick<Notifier, "notify"> | undefined;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly log: Log;
}

const LOOK_MS = 15_000;
const KIND = "job.dead";
/** Must exceed the number of dead letters that `isOwn` skips. */
const SHOWN_MAX = 20;

export async function watchDeadJobs(
  kinds: readonly string[],
  { jobs, notifier, clock, scheduler, log }: DeadJobPorts,
): Promise<{ stop(): void }> {
  const seenMs = new Map<string, number>();
  let isFailing = false;
  async function lookAt(kind: string): Promise<void> {
    const newest = (await jobs.deadLetters(kind, SHOWN_MAX)).find((letter) => !isOwn(kind, letter));
    if (newest === undefined || newest.diedAtMs <= (seenMs.get(kind) ?? 0)) return;
    const { id, error, diedAtMs } = newest;
    await notifier?.notify({
      kind: KIND,
      severity: "critical",
      dedupeKey: dedupeKeyOf(kind),
      timeMs: clock.nowMs(),
      subject: `Dead letter: ${kind}`,
      text: `Job ${id} failed for the last time: ${error}. An operator can retry it.`,
    });
    log.error("job.deadLettered", { kind, id, reason: error });
    seenMs.set(kind, diedAtMs);
  }
  const look = async (): Promise<void> => {
    try {
      for (const kind of kinds) await lookAt(kind);
      isFailing = false;
    } catch (error) {
      if (!isFailing) log.warn("deadLetters.readFailed", { error: error as Error });
      isFailing = true;
    }
  };
  await look();
  return repeat(scheduler, LOOK_MS, look);
}

const dedupeKeyOf = (kind: string): string => `${KIND} ${kind}`;

/** Avoids endless notifications about dead notifications. */
function isOwn(kind: string, { data }: DeadLetter): boolean {
  const { notification } = (data ?? {}) as Partial<NotificationJob>;
  return kind === "notification" && notification?.dedupeKey === dedupeKeyOf(kind);
}
