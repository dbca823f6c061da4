import { type Clock, LruMap } from "@trellis/base";
import { authErrors } from "./errors.ts";

export interface RateLimit {
  readonly cost: number;
  readonly windowMs: number;
}

export interface WindowCounters {
  /** A negative amount refunds cost. */
  add(key: string, window: number, amount: number, windowMs: number): Promise<WindowTotals>;
}

export interface WindowTotals {
  readonly current: number;
  readonly previous: number;
}

export interface RateState {
  readonly limit: number;
  readonly remaining: number;
  /** Seconds until the limit is fully restored. */
  readonly resetS: number;
}

export interface RateLimiter {
  /** @param isAnonymous if true (default), limits shrink under load @throws RATE_LIMITED */
  take(key: string, cost: number, isAnonymous?: boolean): Promise<RateState>;
}

/** Weights the previous window by its overlap. Refused requests are not counted. */
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
