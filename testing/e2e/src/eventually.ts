const POLL_MS = 20;
const WAIT_MS_MAX = 120_000;

export async function eventually(
  condition: () => boolean | Promise<boolean>,
  timeoutMs = WAIT_MS_MAX,
  detail = () => "",
): Promise<void> {
  const endMs = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > endMs) {
      throw new Error(`still not so after ${timeoutMs} ms: ${condition}${detail()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
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
  while (!(await condition())) {
    const now = JSON.stringify(await measure());
    if (now !== last) movedMs = performance.now();
    last = now;
    if (performance.now() - movedMs > STANDSTILL_MS_MAX) {
      throw new Error(`still not so, and nothing moves (${now}): ${condition}`);
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
