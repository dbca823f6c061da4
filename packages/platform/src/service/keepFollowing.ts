import { isTrellisError, type Log, type Metrics, type Scheduler, type Timer } from "@trellis/base";
import { platformMetrics } from "../metrics.ts";

export interface Following {
  stop(): Promise<void>;
}

export interface FollowingPorts {
  readonly scheduler: Scheduler;
  readonly log: Log;
  readonly metrics: Metrics;
}

const PAUSE_MS = 2_000;

/**
 * Restarts `follow` after a pause. Failures do not affect /ready.
 * @param follow must call `markHealthy` after each success
 */
export function keepFollowing(
  reader: string,
  follow: (signal: AbortSignal, markHealthy: () => void) => Promise<void>,
  { scheduler, log, metrics }: FollowingPorts,
): Following {
  const followed = metrics.gauge(platformMetrics.trellis_events_followed);
  const aborter = new AbortController();
  let failure: string | undefined;
  let timer: Timer | undefined;
  let running = run();

  function markHealthy(): void {
    if (failure !== undefined) log.info("eventReader.recovered", { reader });
    failure = undefined;
    followed.set(1, { reader });
  }

  async function run(): Promise<void> {
    try {
      await follow(aborter.signal, markHealthy);
    } catch (error) {
      if (aborter.signal.aborted) return;
      const code = isTrellisError(error) ? error.code : "it fails";
      if (failure !== code)
        log.error("eventReader.failed", { reader, error: error instanceof Error ? error : code });
      failure = code;
      followed.set(0, { reader });
    }
    if (aborter.signal.aborted) return;
    timer = scheduler.after(PAUSE_MS, () => {
      running = run();
    });
  }

  return {
    async stop() {
      aborter.abort();
      timer?.cancel();
      await running;
    },
  };
}
