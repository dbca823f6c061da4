import type { Clock, Log, Scheduler, Timer } from "@trellis/base";
import type { DelayQueue } from "./Webhook.ts";

interface MemoryQueuePorts {
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly log: Log;
}

export interface MemoryQueue<Job> extends DelayQueue<Job> {
  /** Drops what waits. */
  stop(): void;
}

/** Further jobs are dropped. */
const WAITING_MAX = 256;
/** Over 80 minutes, as for the jobs of services. */
const ATTEMPTS_MAX = 11;
const PAUSE_MS = 5_000;

/** For processes without a database. A failed job is tried again after a pause that doubles. */
export function createMemoryQueue<Job>(
  run: (job: Job) => Promise<void>,
  { clock, scheduler, log }: MemoryQueuePorts,
): MemoryQueue<Job> {
  const timers = new Set<Timer>();
  const schedule = (job: Job, delayMs: number, attempt: number): void => {
    const timer = scheduler.after(delayMs, () => void attemptAt(job, attempt, timer));
    timers.add(timer);
  };
  const attemptAt = async (job: Job, attempt: number, timer: Timer): Promise<void> => {
    try {
      await run(job);
    } catch (error) {
      const isLast = attempt === ATTEMPTS_MAX;
      log.warn("notification.failed", { attempt, isFinal: isLast, error: error as Error });
      if (!isLast && timers.has(timer)) schedule(job, PAUSE_MS * 2 ** (attempt - 1), attempt + 1);
    } finally {
      timers.delete(timer);
    }
  };
  return {
    async enqueue(job, runAtMs) {
      if (timers.size < WAITING_MAX) return schedule(job, Math.max(0, runAtMs - clock.nowMs()), 1);
      log.warn("notification.dropped", { waiting: timers.size, message: "Too many notifications wait." });
    },
    stop() {
      for (const timer of timers) timer.cancel();
      timers.clear();
    },
  };
}
