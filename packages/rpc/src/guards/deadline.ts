import { isTrellisError } from "@trellis/base";
import type { Awaitable } from "@trellis/protocol";
import { rpcErrors } from "../errors.ts";
import type { RpcNode } from "../RpcNode.ts";

type Waiting = Pick<RpcNode, "clock" | "scheduler"> & {
  readonly limits: Pick<RpcNode["limits"], "callTimeMs">;
};

/** What work that was to end ends with. */
const LATE: ReadonlySet<string> = new Set(["CALL_STOPPED", "CALL_ABANDONED"]);

/**
 * Gives up waiting after `callTimeMs`. The work is told to ask `isOver`, and to end then, also when it has not begun.
 * @throws RPC_CALL_TIMED_OUT
 */
export async function withDeadline<T>(
  { clock, scheduler, limits: { callTimeMs: timeMs } }: Waiting,
  start: (isOver: () => boolean) => Awaitable<T>,
): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = scheduler.after(timeMs, () => reject(rpcErrors.RPC_CALL_TIMED_OUT({ timeMs })));
  const dueMs = clock.nowMs() + timeMs;
  try {
    return await Promise.race([start(() => clock.nowMs() >= dueMs), late]);
  } catch (error) {
    const isLate = isTrellisError(error) && LATE.has(error.code);
    throw isLate ? rpcErrors.RPC_CALL_TIMED_OUT({ timeMs }, error) : error;
  } finally {
    timer.cancel();
  }
}
