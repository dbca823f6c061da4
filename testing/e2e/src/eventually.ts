import { setTimeout as pause } from "node:timers/promises";

/** Grows, because each poll costs the polled process CPU time. */
const POLL_MS = { first: 20, growth: 1.1, max: 100 };
const WAIT_MS_MAX = 120_000;

export async function eventually(
  condition: () => boolean | Promise<boolean>,
  timeoutMs = WAIT_MS_MAX,
  detail = () => "",
): Promise<void> {
  const endMs = performance.now() + timeoutMs;
  const next = createPause();
  while (!(await condition())) {
    if (performance.now() > endMs) {
      throw new Error(`still not so after ${timeoutMs} ms: ${condition}${detail()}`);
    }
    await next();
  }
}

/** Longer than any pause on a slow machine. */
const STANDSTILL_MS_MAX = 60_000;

export async function whileMoving(
  condition: () => boolean | Promise<boolean>,
  measure: () => Promise<unknown>,
): Promise<void> {
  let last: string | undefined;
  let movedMs = performance.now();
  const next = createPause();
  while (!(await condition())) {
    const now = JSON.stringify(await measure());
    if (now !== last) movedMs = performance.now();
    last = now;
    if (performance.now() - movedMs > STANDSTILL_MS_MAX) {
      throw new Error(`still not so, and nothing moves (${now}): ${condition}`);
    }
    await next();
  }
}

function createPause(): () => Promise<void> {
  let ms = POLL_MS.first;
  return () => {
    const now = ms;
    ms = Math.min(ms * POLL_MS.growth, POLL_MS.max);
    return pause(now);
  };
}
