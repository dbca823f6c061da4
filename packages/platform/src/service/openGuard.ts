import { randomUUID } from "node:crypto";
import type { Metrics } from "@trellis/base";
import { createGuard as createResilience } from "@trellis/resilience";
import { createRedisCounterStore, openRedis } from "../cache/index.ts";
import { readTextFile } from "../config/index.ts";
import { platformErrors } from "../errors.ts";
import {
  type AddressLists,
  type CounterStore,
  type Credentials,
  createNonceStore,
  createSharedNonceStore,
  Guard,
  type GuardOptions,
  readNetworks,
  SharedLimits,
  Visitors,
  watchLoad,
} from "../guard/index.ts";
import type { NonceStore } from "../http/index.ts";
import { platformMetrics } from "../metrics.ts";
import { readSecret } from "../secrets/readSecret.ts";
import { systemClock, systemScheduler, systemSteadyClock } from "../system/index.ts";
import type { ServiceIo } from "./ServiceIo.ts";
import type { GuardSettings } from "./settings/guardSettings.ts";

export const GUARD_WINDOW_MS = 60_000;
/** Shared rate limits must not delay requests. */
const RESILIENCE = {
  name: "shared rate limits",
  timeoutMs: 250,
  retriesMax: 0,
  breaker: { failures: 3, openMs: 1_000 },
  isPassing: () => true,
};

interface OpenGuardOptions {
  readonly service: string;
  readonly redis: string;
  readonly lists: AddressLists;
  readonly guard: GuardOptions;
  readonly credentials: Credentials;
}

export interface OpenedGuard {
  readonly guard: Guard;
  readonly shared: SharedLimits | undefined;
  readonly nonces: NonceStore;
}

export async function openGuard(
  { service, redis, lists, guard: options, credentials }: OpenGuardOptions,
  io: ServiceIo,
): Promise<OpenedGuard> {
  const { lifecycle, metrics } = io;
  const log = io.log.child("guard");
  const clock = systemSteadyClock;
  const counters = redis === "" ? undefined : await openCounters(redis, service, io);
  const shared = counters && (await openShared(counters, io));
  const visitors = new Visitors(options.windowMs, lists, { clock, log });
  const guard = new Guard(options, { visitors, credentials, clock, metrics, log, shared });
  await lifecycle.start(
    "guard",
    () => {
      const stopLoad = watchLoad(guard.pressure, { clock, scheduler: systemScheduler, metrics });
      const stopBans = measureBans(visitors, metrics);
      return () => {
        stopLoad();
        stopBans();
      };
    },
    (stop) => stop(),
  );
  const nonces =
    counters === undefined ? createNonceStore({ clock: systemClock }) : createSharedNonceStore(counters);
  return { guard, shared, nonces };
}

/** A million networks. */
const LIST_BYTES_MAX = 64 * 2 ** 20;

/** @throws SECRET_UNREADABLE, CONFIG_INVALID_VALUE */
export function readAddressLists({
  allowList,
  denyList,
}: Omit<GuardSettings, "connectionsPerAddress">): AddressLists {
  return { allow: listIn(allowList, "allowList"), deny: listIn(denyList, "denyList") };
}

function listIn(file: string, setting: string): readonly string[] {
  if (file === "") return [];
  let text: string;
  try {
    text = readTextFile(file, LIST_BYTES_MAX);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw platformErrors.CONFIG_INVALID_VALUE({ setting, file, reason }, error);
  }
  const { networks, invalidLines } = readNetworks(text);
  if (invalidLines.length === 0) return networks;
  const lines = invalidLines.slice(0, 8).join(", ");
  throw platformErrors.CONFIG_INVALID_VALUE({
    setting,
    file,
    lines,
    expected: "an address or network (CIDR) per line",
  });
}

async function openCounters(reference: string, service: string, io: ServiceIo): Promise<CounterStore> {
  const { lifecycle, log, metrics } = io;
  const url = await readSecret(reference, "Address of the Redis server", io);
  const redis = await lifecycle.start(
    "redis",
    () => openRedis({ url, prefix: `trellis/${service}/limits/` }, { log: log.child("redis") }),
    (opened) => opened.close(),
  );
  return createRedisCounterStore(redis, {
    processId: randomUUID(),
    guard: createResilience(RESILIENCE, { metrics }),
  });
}

function openShared(store: CounterStore, { lifecycle, log }: ServiceIo): Promise<SharedLimits> {
  return lifecycle.start(
    "shared limits",
    () =>
      new SharedLimits(GUARD_WINDOW_MS, {
        store,
        clock: systemSteadyClock,
        scheduler: systemScheduler,
        log: log.child("guard"),
      }),
    (limits) => limits.close(),
  );
}

const BANS_MS = 10_000;

function measureBans(visitors: Visitors, metrics: Metrics): () => void {
  const gauge = metrics.gauge(platformMetrics.trellis_guard_bans);
  let timer = systemScheduler.after(0, show);
  function show(): void {
    gauge.set(visitors.bans().length);
    timer = systemScheduler.after(BANS_MS, show);
  }
  return () => timer.cancel();
}
