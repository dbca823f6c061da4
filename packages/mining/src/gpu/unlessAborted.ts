import type { Scheduler, Timer } from "@trellis/base";
import { miningErrors } from "../errors.ts";

interface Grace {
  readonly scheduler: Scheduler;
  readonly ms: number;
}

/** Waits for the promise no longer than `grace` after the signal. @throws MINING_ABORTED */
export async function unlessAborted<Value>(
  signal: AbortSignal,
  promise: Promise<Value>,
  grace?: Grace,
): Promise<Value> {
  const aborted = Promise.withResolvers<never>();
  let timer: Timer | undefined;
  const abort = (): void => aborted.reject(miningErrors.MINING_ABORTED());
  const onAbort = (): void => {
    if (grace === undefined) abort();
    else timer = grace.scheduler.after(grace.ms, abort);
  };
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    if (signal.aborted) onAbort();
    return await Promise.race([aborted.promise, promise]);
  } finally {
    timer?.cancel();
    signal.removeEventListener("abort", onAbort);
  }
}
