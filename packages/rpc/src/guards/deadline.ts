import type { Scheduler } from "@trellis/base";
import type { Awaitable } from "@trellis/protocol";
import { rpcErrors } from "../errors.ts";

/**
 * Gives up waiting after `timeMs`. What was started is not stopped: its own bounds (gas, range) end it.
 * @throws RPC_CALL_TIMED_OUT
 */
export async function withDeadline<T>(work: Awaitable<T>, timeMs: number, scheduler: Scheduler): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = scheduler.after(timeMs, () => reject(rpcErrors.RPC_CALL_TIMED_OUT({ timeMs })));
  try {
    return await Promise.race([work, late]);
  } finally {
    timer.cancel();
  }
}
