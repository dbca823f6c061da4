import type { Clock } from "@trellis/base";
import type { Jobs } from "../jobs/index.ts";
import type { DelayQueue } from "./Webhook.ts";

/** Jobs have no key, because a running attempt queues its successor. Adds a second for clock differences. */
export function delayQueue<Job extends object>(
  kind: string,
  jobs: Pick<Jobs, "add">,
  clock: Clock,
): DelayQueue<Job> {
  return {
    async enqueue(job, runAtMs) {
      const restMs = runAtMs - clock.nowMs();
      await jobs.add(kind, job, restMs > 0 ? { delayS: Math.ceil(restMs / 1_000) + 1 } : {});
    },
  };
}
