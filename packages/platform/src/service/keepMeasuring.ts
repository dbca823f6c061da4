import type { Scheduler } from "@trellis/base";
import { repeat } from "../lifecycle/repeat.ts";

/** Prometheus' default interval. A scrape itself reads nothing. ms */
const MEASURE_MS = 15_000;

/**
 * Measures at once and then periodically; retries failures.
 * @param failed called once until a measurement succeeds
 */
export async function keepMeasuring(
  measure: () => Promise<void>,
  failed: (error: Error) => void,
  scheduler: Scheduler,
): Promise<{ stop(): void }> {
  let isFailing = false;
  const attempt = async (): Promise<void> => {
    try {
      await measure();
      isFailing = false;
    } catch (error) {
      if (!isFailing) failed(error as Error);
      isFailing = true;
    }
  };
  await attempt();
  return repeat(scheduler, MEASURE_MS, attempt);
}
