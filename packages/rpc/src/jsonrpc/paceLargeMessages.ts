import type { Clock, Scheduler } from "@trellis/base";
import { FairQueue } from "../guards/FairQueue.ts";
import type { Answer } from "./answers.ts";
import type { Handler } from "./createHandler.ts";

/** Larger messages take milliseconds to parse. */
const LARGE = 64 * 1024;
/** Bounds the pause if the system clock changes. */
const PAUSE_MS_MAX = 1_000;

/**
 * After a large message, pauses as long as it took: small messages get half the thread's time. [RPC-16]
 */
export function paceLargeMessages(
  handle: Handler,
  { clock, scheduler }: { readonly clock: Clock; readonly scheduler: Scheduler },
): Handler {
  const waiting = new FairQueue<() => void>();
  let isArmed = false;

  return (message, session) => {
    if (message.length < LARGE) return handle(message, session);
    const { promise, resolve } = Promise.withResolvers<Answer | undefined>();
    waiting.push(session, () => resolve(session.connection.isGone ? undefined : handle(message, session)));
    if (!isArmed) arm(0);
    return promise;
  };

  function arm(ms: number): void {
    isArmed = true;
    scheduler.after(ms, next);
  }

  function next(): void {
    isArmed = false;
    const startMs = clock.nowMs();
    waiting.shift()?.();
    const tookMs = Math.min(Math.max(0, clock.nowMs() - startMs), PAUSE_MS_MAX);
    if (waiting.size > 0 || tookMs > 0) arm(tookMs);
  }
}
