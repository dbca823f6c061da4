import type { Clock } from "@trellis/base";

interface Ports {
  readonly clock: Clock;
  /** Keeps the process alive, unlike the system's scheduler. */
  readonly pause: (ms: number) => Promise<void>;
}

/**
 * Waits after each piece of work for as long as its bytes are ahead of the rate.
 * @param bytesPerSecondMax 0: no limit
 */
export function paceOf(bytesPerSecondMax: number, { clock, pause }: Ports): (bytes: number) => Promise<void> {
  let workedSinceMs = clock.nowMs();
  return async (bytes) => {
    if (bytesPerSecondMax === 0) return;
    const dueMs = (bytes / bytesPerSecondMax) * 1_000;
    // The clock may be set back meanwhile.
    const leftMs = dueMs - Math.max(0, clock.nowMs() - workedSinceMs);
    if (leftMs > 0) await pause(leftMs);
    workedSinceMs = clock.nowMs();
  };
}
