import { type Clock, LruMap } from "@trellis/base";
import { authErrors } from "./errors.ts";

/** How much may be used within any span of `windowMs`. A route's cost says how much a request uses. */
export interface RateLimit {
  readonly cost: number;
  readonly windowMs: number;
}

/** Counters by key and window of time; shared between workers where there are several. */
export interface WindowCounters {
  /** Adds (or takes back) and tells the totals of this window and of the one before. */
  add(key: string, window: number, amount: number, windowMs: number): Promise<WindowTotals>;
}

export interface WindowTotals {
  readonly current: number;
  readonly previous: number;
}

export interface RateState {
  readonly limit: number;
  readonly remaining: number;
  /** Until the whole limit is there again, rounded up. s */
  readonly resetS: number;
}

export interface RateLimiter {
  /** @throws RATE_LIMITED with `retryAfterS` */
  take(key: string, cost: number): Promise<RateState>;
}

/**
 * A sliding window by two counters: the window before counts as much as of it still lies within the span.
 * What was refused is not counted, so that a client that waits is served again.
 */
export function createRateLimiter(
  limit: RateLimit,
  ports: { readonly counters: WindowCounters; readonly clock: Clock },
): RateLimiter {
  const { counters, clock } = ports;
  return {
    async take(key, cost) {
      const nowMs = clock.nowMs();
      const window = Math.floor(nowMs / limit.windowMs);
      const passed = (nowMs % limit.windowMs) / limit.windowMs;
      const totals = await counters.add(key, window, cost, limit.windowMs);
      const used = totals.current + totals.previous * (1 - passed);
      if (used > limit.cost) {
        await counters.add(key, window, -cost, limit.windowMs);
        const retryAfterS = Math.ceil(
          (windowsToWait(limit.cost, cost, totals, passed) * limit.windowMs) / 1_000,
        );
        throw authErrors.RATE_LIMITED({ limit: limit.cost, windowMs: limit.windowMs, retryAfterS });
      }
      const resetS = Math.ceil(((2 - passed) * limit.windowMs) / 1_000);
      return { limit: limit.cost, remaining: Math.floor(limit.cost - used), resetS };
    },
  };
}

/** How much of a window passes until `cost` fits, if nothing else comes; the totals count it already. */
function windowsToWait(
  limit: number,
  cost: number,
  { current, previous }: WindowTotals,
  passed: number,
): number {
  const fitsWithin = previous > 0 ? 1 - (limit - current) / previous : 1;
  if (current <= limit && fitsWithin < 1) return fitsWithin - passed;
  const others = current - cost;
  const fitsInNext = others > 0 ? 1 - (limit - cost) / others : 0;
  return 1 - passed + Math.max(0, Math.min(1, fitsInNext));
}

/** Counters of one process, for the `countersMax` keys used last. */
export function createMemoryWindowCounters(countersMax = 100_000): WindowCounters {
  const counts = new LruMap<string, number>(countersMax);
  return {
    async add(key, window, amount) {
      const current = (counts.get(`${window} ${key}`) ?? 0) + amount;
      counts.set(`${window} ${key}`, current);
      return { current, previous: counts.get(`${window - 1} ${key}`) ?? 0 };
    },
  };
}
