import type { Scheduler } from "@trellis/base";
import { repeat } from "../lifecycle/repeat.ts";

/** As often as Prometheus asks by default: a scrape itself reads nothing. */
const MEASURE_MS = 15_000;

/**
 * Measures now, and again and again until it is stopped. What fails is tried again the next time.
 * @param failed is told why, once while it keeps failing
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
