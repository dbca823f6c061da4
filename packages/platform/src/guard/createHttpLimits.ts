import { authErrors } from "../auth/errors.ts";
import type { RateLimiter, RateState } from "../auth/rateLimit.ts";
import type { Priority } from "./AccessPrincipal.ts";
import type { Account } from "./Account.ts";
import { isLoopback, normalAddress } from "./address.ts";
import { isForwarded } from "./clientAddress.ts";
import type { Guard } from "./Guard.ts";
import type { SharedLimits } from "./SharedLimits.ts";

export interface HttpLimits {
  /** By address, before authentication. @throws RATE_LIMITED, ADDRESS_REFUSED */
  readonly perIp: RateLimiter;
  /** By principal. @throws RATE_LIMITED */
  readonly perPrincipal: RateLimiter;
}

/** Limits of REST routes; in several processes exact, because a route's cost is counted before its answer. */
export function createHttpLimits(guard: Guard, shared?: SharedLimits): HttpLimits {
  return {
    perIp: {
      async take(ip, cost, isAnonymous = true) {
        const address = normalAddress(ip) ?? ip;
        const visitor = guard.visitors.at(address);
        guard.requireAdmitted(address);
        if (isAnonymous) guard.requireWelcome(address, visitor);
        const limit = guard.options.limits.perAddress;
        return take(visitor, cost, limit, guard.visitors.isAllowed(address), isAnonymous ? "low" : "normal");
      },
    },
    perPrincipal: {
      take: (id, cost) => take(guard.accountOf(id), cost, guard.options.limits.perPrincipal, false, "normal"),
    },
  };

  async function take(
    account: Account,
    cost: number,
    configured: number,
    isFree: boolean,
    priority: Priority,
  ): Promise<RateState> {
    const resetS = Math.ceil(guard.options.windowMs / 1_000);
    if (configured === 0 || isFree) return { limit: configured, remaining: configured, resetS };
    const limit = guard.effectiveLimit(configured, priority);
    const total = await shared?.take(account, cost, limit);
    const nowMs = guard.clock.nowMs();
    if (total === undefined) return takeHere(account, cost, { configured, priority, resetS, nowMs });
    // Kept for a time without the shared counters.
    if (total.isCounted) account.window.add(nowMs, cost);
    else throw limited(limit, total.waitMs);
    return { limit, remaining: Math.max(0, Math.floor(limit - total.used)), resetS };
  }

  function takeHere(
    { window }: Account,
    cost: number,
    { configured, priority, resetS, nowMs }: HereTerms,
  ): RateState {
    const limit = guard.effectiveLimit(configured, priority);
    if (!window.take(nowMs, cost, limit)) throw limited(limit, window.waitMs(nowMs, cost, limit));
    return { limit, remaining: Math.max(0, Math.floor(limit - window.used(nowMs))), resetS };
  }

  function limited(limit: number, waitMs: number): Error {
    guard.refused("address");
    const retryAfterS = Math.max(1, Math.ceil(waitMs / 1_000));
    return authErrors.RATE_LIMITED({ limit, windowMs: guard.options.windowMs, retryAfterS });
  }
}

interface HereTerms {
  readonly configured: number;
  readonly priority: Priority;
  readonly resetS: number;
  readonly nowMs: number;
}

interface RefusedRequest {
  readonly ip: string;
  readonly headers: Parameters<typeof isForwarded>[0];
  readonly hasRoute: boolean;
}

/** Offence of a refused request; programs on this machine commit none. */
export function noteRefusal(guard: Guard, { ip, headers, hasRoute }: RefusedRequest, status: number): void {
  const address = normalAddress(ip);
  if (address === undefined || (isLoopback(address) && !isForwarded(headers))) return;
  if (guard.visitors.isAllowed(address)) return;
  const offence = offenceOf(status, hasRoute);
  if (offence !== undefined) guard.offend(guard.visitors.at(address), offence);
}

function offenceOf(status: number, hasRoute: boolean) {
  if (status === 401) return "login";
  if (status === 429) return "limit";
  if (status === 400 || status === 413 || status === 415) return "malformed";
  return !hasRoute && (status === 404 || status === 405) ? "scan" : undefined;
}
