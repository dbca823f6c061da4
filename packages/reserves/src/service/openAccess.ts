import type { LiveSettings } from "@trellis/platform/config";
import type { Database } from "@trellis/platform/db";
import type { DynamicSettings } from "@trellis/platform/dynamic";
import {
  type Authentication,
  openAuthentication,
  openDynamic,
  openRateLimits,
  type RateLimits,
  type ServiceIo,
  type ServiceKeys,
} from "@trellis/platform/service";
import { systemClock } from "@trellis/platform/system";
import type { Stores } from "./openStores.ts";
import { type ReservesServiceSettings, reservesServiceDefinition } from "./settings.ts";

/** Who comes in, how often, and the settings that decide it. */
export interface Access {
  readonly limits: RateLimits;
  readonly authentication: Authentication;
  readonly dynamic: DynamicSettings<ReservesServiceSettings>;
}

interface AccessParts {
  readonly settings: ReservesServiceSettings;
  readonly live: LiveSettings<ReservesServiceSettings> | undefined;
  readonly keys: ServiceKeys;
  readonly stores: Stores;
  readonly database: Database;
}

export async function openAccess(
  { settings, live, keys, stores, database }: AccessParts,
  io: ServiceIo,
): Promise<Access> {
  const limits = await openRateLimits(settings, "reserves", io);
  const authentication = await openAuthentication(settings, {
    ...{ service: `${settings.custodian}/reserves`, sessionSecret: keys.sessions, perIp: limits.perIp },
    ...{ apiKeys: stores.apiKeys, nonces: stores.nonces, clock: systemClock, io },
  });
  const { prepare } = authentication;
  const parts = { definition: reservesServiceDefinition, settings, live, prepare, change: limits.change };
  return { limits, authentication, dynamic: await openDynamic("reserves_settings", parts, database, io) };
}
