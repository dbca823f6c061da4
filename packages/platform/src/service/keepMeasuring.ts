import type { Scheduler } from "@trellis/base";
import { repeat } from "../lifecycle/repeat.ts";

/** Prometheus' default scrape interval. */
const MEASURE_MS = 15_000;

/** @param failed called once per series of failures */
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
