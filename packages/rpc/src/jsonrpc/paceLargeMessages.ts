import type { Clock, Scheduler } from "@trellis/base";
import { FairQueue } from "../guards/FairQueue.ts";
import type { Answer } from "./answers.ts";
import type { Handler } from "./createHandler.ts";

/** From here on a message takes milliseconds to parse. Bytes */
const LARGE = 64 * 1024;
/** No message takes longer; a clock may be set. ms */
const PAUSE_MS_MAX = 1_000;

/**
 * Parses large messages one after another, with a pause as long as each took: small ones come in between, and have at
 * least half of the thread. Addresses and connections take turns. [RPC-16]
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
    // Nobody waits for an answer whose client has left.
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
