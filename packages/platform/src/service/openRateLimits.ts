import { createGuard } from "@trellis/resilience";
import {
  addressGroup,
  createGuardedCounters,
  createMemoryWindowCounters,
  createRateLimiter,
  type RateLimiter,
  type WindowCounters,
} from "../auth/index.ts";
import { createRedisWindowCounters, openRedis } from "../cache/index.ts";
import { readSecret } from "../secrets/readSecret.ts";
import { systemClock } from "../system/index.ts";
import type { ServiceIo } from "./ServiceIo.ts";
import type { AuthenticationSettings } from "./settings/authenticationSettings.ts";

type LimitSettings = Pick<AuthenticationSettings, "limitPerAddress" | "limitPerPrincipal">;

export interface RateLimits {
  readonly perIp: RateLimiter;
  readonly perPrincipal: RateLimiter;
  change(settings: LimitSettings): void;
}

const WINDOW_MS = 60_000;
/** Shared rate limits must not delay requests. */
const GUARD = {
  name: "shared rate limits",
  timeoutMs: 250,
  retriesMax: 0,
  breaker: { failures: 3, openMs: 2_000 },
  isPassing: () => true,
};

export async function openRateLimits(
  settings: LimitSettings & Pick<AuthenticationSettings, "redis">,
  service: string,
  io: ServiceIo,
): Promise<RateLimits> {
  const counters = await openCounters(settings.redis, service, io);
  const limiter = (cost: number, name: string): RateLimiter => {
    const own: WindowCounters = { add: (key, ...rest) => counters.add(`${name} ${key}`, ...rest) };
    return createRateLimiter({ cost, windowMs: WINDOW_MS }, { counters: own, clock: systemClock });
  };
  const both = ({ limitPerAddress, limitPerPrincipal }: LimitSettings) => ({
    perIp: limiter(limitPerAddress, "address"),
    perPrincipal: limiter(limitPerPrincipal, "principal"),
  });
  let current = both(settings);
  return {
    perIp: { take: (ip, cost) => current.perIp.take(addressGroup(ip), cost) },
    perPrincipal: { take: (key, cost) => current.perPrincipal.take(key, cost) },
    change(latest) {
      current = both(latest);
    },
  };
}

async function openCounters(reference: string, service: string, io: ServiceIo): Promise<WindowCounters> {
  const own = createMemoryWindowCounters();
  if (reference === "") return own;
  const { lifecycle, log, metrics } = io;
  const url = await readSecret(reference, "Address of the Redis server", io);
  const redis = await lifecycle.start(
    "redis",
    () => openRedis({ url, prefix: `trellis/${service}/limits/` }, { log: log.child("redis") }),
    (opened) => opened.close(),
  );
  return createGuardedCounters(createRedisWindowCounters(redis), own, {
    guard: createGuard(GUARD, { metrics }),
  });
}
