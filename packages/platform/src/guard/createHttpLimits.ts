import type { Scheduler } from "@trellis/base";
import { authErrors } from "../auth/errors.ts";
import type { RateLimiter, RateState } from "../auth/rateLimit.ts";
import type { Priority } from "./AccessPrincipal.ts";
import type { Account } from "./Account.ts";
import { isLoopback, normalAddress } from "./address.ts";
import { isForwarded } from "./clientAddress.ts";
import type { Guard } from "./Guard.ts";
import type { SharedLimits } from "./SharedLimits.ts";
import type { Visitor } from "./Visitors.ts";

export interface HttpLimits {
  /** Applied before authentication. @throws RATE_LIMITED, ADDRESS_REFUSED */
  readonly perIp: RateLimiter;
  /** @throws RATE_LIMITED */
  readonly perPrincipal: RateLimiter;
}

/** Exact across processes, because requests wait for the shared counters. */
export function createHttpLimits(
  guard: Guard,
  { shared, scheduler }: { readonly shared?: SharedLimits | undefined; readonly scheduler: Scheduler },
): HttpLimits {
  return {
    perIp: {
      async take(ip, cost, isAnonymous = true) {
        const address = normalAddress(ip) ?? ip;
        const visitor = guard.visitors.at(address);
        guard.requireAdmitted(address);
        if (isAnonymous) {
          guard.requireWelcome(address, visitor);
          await slow(visitor);
        }
        const { perAddress: configured } = guard.options.limits;
        if (guard.visitors.isAllowed(address)) return unlimited(configured);
        const priority = isAnonymous && !isLoopback(address) ? "low" : "normal";
        return take(visitor, cost, { policy: "address", priority, configured });
      },
    },
    perPrincipal: {
      take(id, cost) {
        const { perPrincipal: configured } = guard.options.limits;
        return take(guard.accountOf(id), cost, { policy: "principal", priority: "normal", configured });
      },
    },
  };

  async function slow({ reputation }: Visitor): Promise<void> {
    const delayMs = reputation.delayMs(guard.clock.nowMs());
    if (delayMs > 0) await new Promise<void>((resolve) => void scheduler.after(delayMs, resolve));
  }

  async function take(account: Account, cost: number, terms: LimitTerms): Promise<RateState> {
    const { configured, priority } = terms;
    if (configured === 0) return unlimited(0);
    const limit = guard.effectiveLimit(configured, priority);
    const total = await shared?.take(account, cost, limit);
    if (total === undefined) return takeHere(account, cost, terms);
    if (!total.isCounted) throw limited(limit, total.waitMs, terms);
    // Also counts here, in case the shared counters fail.
    account.window.add(guard.clock.nowMs(), cost);
    return { ...unlimited(limit), remaining: Math.max(0, Math.floor(limit - total.used)) };
  }

  function takeHere({ window }: Account, cost: number, terms: LimitTerms): RateState {
    const limit = guard.effectiveLimit(terms.configured, terms.priority);
    const nowMs = guard.clock.nowMs();
    if (!window.take(nowMs, cost, limit)) throw limited(limit, window.waitMs(nowMs, cost, limit), terms);
    return { ...unlimited(limit), remaining: Math.max(0, Math.floor(limit - window.used(nowMs))) };
  }

  function unlimited(limit: number): RateState {
    return { limit, remaining: limit, resetS: Math.ceil(guard.options.windowMs / 1_000) };
  }

  function limited(limit: number, waitMs: number, { policy }: LimitTerms): Error {
    guard.refused(policy);
    const retryAfterS = Math.max(1, Math.ceil(waitMs / 1_000));
    return authErrors.RATE_LIMITED({ limit, windowMs: guard.options.windowMs, policy, retryAfterS });
  }
}

interface LimitTerms {
  readonly policy: "address" | "principal";
  readonly priority: Priority;
  readonly configured: number;
}

interface RefusedRequest {
  readonly ip: string;
  readonly headers: Parameters<typeof isForwarded>[0];
  readonly hasRoute: boolean;
}

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
