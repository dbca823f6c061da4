import type { LiveSettings } from "@trellis/platform/config";
import type { Database } from "@trellis/platform/db";
import type { DynamicSettings } from "@trellis/platform/dynamic";
import { systemClock } from "@trellis/platform/system";
import type { ServiceIo } from "../../cli/VerbIo.ts";
import { type ReservesFlags, type ReservesSettings, reservesDefinition } from "../../config/reserves.ts";
import { type Authentication, openAuthentication } from "../openAuthentication.ts";
import { openDynamic } from "../openDynamic.ts";
import { openRateLimits, type RateLimits } from "../openRateLimits.ts";
import type { ServiceKeys } from "../serviceKeys.ts";
import type { Stores } from "./openStores.ts";

/** Who comes in, how often, and the settings that decide it. */
export interface Access {
  readonly limits: RateLimits;
  readonly authentication: Authentication;
  readonly dynamic: DynamicSettings<ReservesFlags>;
}

export interface AccessParts {
  readonly settings: ReservesSettings;
  readonly live: LiveSettings<ReservesFlags> | undefined;
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
  const parts = { definition: reservesDefinition, settings, live, prepare, change: limits.change };
  return { limits, authentication, dynamic: await openDynamic("reserves_settings", parts, database, io) };
}
