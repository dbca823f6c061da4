import type { LiveSettings } from "@trellis/platform/config";
import type { Database } from "@trellis/platform/db";
import type { RuntimeSettings } from "@trellis/platform/runtimeSettings";
import {
  type Authentication,
  openAuthentication,
  openRateLimits,
  type RateLimits,
  type ServiceIo,
  type ServiceKeys,
  startRuntimeSettings,
} from "@trellis/platform/service";
import { systemClock, systemRandom } from "@trellis/platform/system";
import type { Stores } from "./openStores.ts";
import { type ReservesServiceSettings, reservesServiceDefinition } from "./settings.ts";

export interface Access {
  readonly keys: ServiceKeys;
  readonly limits: RateLimits;
  readonly authentication: Authentication;
  readonly runtimeSettings: RuntimeSettings<ReservesServiceSettings>;
}

interface AccessPorts {
  readonly settings: ReservesServiceSettings;
  readonly live: LiveSettings<ReservesServiceSettings> | undefined;
  readonly keys: ServiceKeys;
  readonly stores: Stores;
  readonly database: Database;
}

export async function openAccess(
  { settings, live, keys, stores, database }: AccessPorts,
  io: ServiceIo,
): Promise<Access> {
  const limits = await openRateLimits(settings, "reserves", io);
  const authentication = await openAuthentication(settings, {
    service: `${settings.custodian}/reserves`,
    sessionSecrets: () => keys.sessionSecrets,
    perIp: limits.perIp,
    apiKeys: stores.apiKeys,
    sessionStore: stores.sessionStore,
    nonces: stores.nonces,
    clock: systemClock,
    random: systemRandom,
    io,
  });
  const prepare = async (latest: ReservesServiceSettings): Promise<() => void> => {
    const applied = [limits.prepare(latest), await authentication.prepare(latest)];
    return () => {
      for (const apply of applied) apply();
    };
  };
  live?.onReload(() => keys.prepare(), "signal");
  const { atRest } = stores;
  const ports = { definition: reservesServiceDefinition, settings, live, prepare, change: limits.change };
  return {
    keys,
    limits,
    authentication,
    runtimeSettings: await startRuntimeSettings("reserves_settings", ports, { database, atRest }, io),
  };
}
