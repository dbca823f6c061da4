import { isTrellisError } from "@trellis/base";
import type { Awaitable, Cancellation } from "@trellis/protocol";
import { rpcErrors } from "../errors.ts";
import type { RpcNode } from "../RpcNode.ts";

type Waiting = Pick<RpcNode, "clock" | "scheduler"> & {
  readonly limits: Pick<RpcNode["limits"], "callTimeMs">;
};

/** What work that was to end ends with. */
const LATE: ReadonlySet<string> = new Set(["CALL_STOPPED", "CALL_ABANDONED"]);

/**
 * Gives up waiting after `callTimeMs`, and cancels the work, also when it has not started.
 * @throws RPC_CALL_TIMED_OUT
 */
export async function withDeadline<T>(
  { clock, scheduler, limits: { callTimeMs: timeMs } }: Waiting,
  start: (cancellation: Cancellation) => Awaitable<T>,
): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const controller = new AbortController();
  const { signal } = controller;
  const dueMs = clock.nowMs() + timeMs;
  const timer = scheduler.after(timeMs, () => {
    reject(rpcErrors.RPC_CALL_TIMED_OUT({ timeMs }));
    controller.abort();
  });
  try {
    return await Promise.race([
      start({ signal, isOver: () => signal.aborted || clock.nowMs() >= dueMs }),
      late,
    ]);
  } catch (error) {
    const isLate = isTrellisError(error) && LATE.has(error.code);
    throw isLate ? rpcErrors.RPC_CALL_TIMED_OUT({ timeMs }, error) : error;
  } finally {
    timer.cancel();
  }
}
