import type { Clock, Scheduler } from "@trellis/base";
import { httpErrors } from "../errors.ts";
import { isAfterWork } from "../isAfterWork.ts";
import type { IdempotencyStore, IdempotentRequest, StoredAnswer } from "./IdempotencyStore.ts";

interface OnceOptions {
  readonly keepMs: number;
  /** Must exceed the longest request. */
  readonly leaseMs: number;
  readonly waitMs: number;
}

export const ONCE_DEFAULTS: OnceOptions = { keepMs: 86_400_000, leaseMs: 120_000, waitMs: 5_000 };

const POLL_MS = { first: 10, longest: 250 };

interface OncePorts {
  readonly store: IdempotencyStore;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
}

interface OnceAnswer {
  readonly answer: StoredAnswer;
  readonly isRepeated: boolean;
}

const KEY = /^[\x21-\x7e]{1,128}$/;

export function requireIdempotencyKey(key: string): string {
  if (!KEY.test(key)) throw httpErrors.IDEMPOTENCY_KEY_INVALID({ length: key.length });
  return key;
}

/**
 * draft-ietf-httpapi-idempotency-key-header. Releases the key after an error or a status of at least 500,
 * unless the work was done.
 * @throws IDEMPOTENCY_KEY_REUSED, IDEMPOTENCY_IN_PROGRESS, and errors of `run`
 */
export async function answerOnce(
  request: IdempotentRequest,
  run: () => Promise<StoredAnswer>,
  ports: OncePorts,
  options: OnceOptions = ONCE_DEFAULTS,
): Promise<OnceAnswer> {
  const { store, clock, scheduler } = ports;
  const giveUpMs = clock.nowMs() + options.waitMs;
  for (let pauseMs = POLL_MS.first; ; pauseMs = Math.min(pauseMs * 2, POLL_MS.longest)) {
    const nowMs = clock.nowMs();
    const beginning = await store.begin(request, nowMs, nowMs + options.leaseMs);
    if (beginning.kind === "begun") break;
    if (beginning.kind === "answered") return { answer: beginning.answer, isRepeated: true };
    if (beginning.kind === "reused") throw httpErrors.IDEMPOTENCY_KEY_REUSED();
    if (nowMs + pauseMs > giveUpMs) throw httpErrors.IDEMPOTENCY_IN_PROGRESS({ retryAfterS: 1 });
    await new Promise<void>((resolve) => scheduler.after(pauseMs, resolve));
  }
  const answer = await orAbandon(request, store, run);
  // If storing fails, the lease still blocks a second run.
  if (answer.status >= 500) await store.abandon(request);
  else await store.finish(request, answer, clock.nowMs() + options.keepMs);
  return { answer, isRepeated: false };
}

async function orAbandon(
  request: IdempotentRequest,
  store: IdempotencyStore,
  run: () => Promise<StoredAnswer>,
): Promise<StoredAnswer> {
  try {
    return await run();
  } catch (error) {
    if (!isAfterWork(error)) await store.abandon(request);
    throw error;
  }
}
