import { createAuditLog, openAuditStore } from "@trellis/platform/audit";
import { createApiKeys, openApiKeyStore } from "@trellis/platform/auth";
import type { LiveSettings } from "@trellis/platform/config";
import type { Database } from "@trellis/platform/db";
import { openIdempotencyStore, openNonceStore } from "@trellis/platform/http";
import { systemClock, systemRandom, systemScheduler } from "@trellis/platform/system";
import type { ServiceIo } from "../../cli/VerbIo.ts";
import { type ArbitrageFlags, type ArbitrageSettings, arbitrageDefinition } from "../../config/arbitrage.ts";
import { readSecret } from "../../verbs/keys/readSecret.ts";
import { firstAdminKey } from "../adminKey.ts";
import { openAuthentication } from "../openAuthentication.ts";
import { openDynamic } from "../openDynamic.ts";
import { openRateLimits } from "../openRateLimits.ts";
import { openServiceKeys } from "../serviceKeys.ts";

export const ARBITRAGE_SETTINGS_SCHEMA = "arbitrage_settings";

/**
 * Who comes in, how often, and the settings that change: those of trading go to `change`, each time all of them.
 * @throws as opening keys, authentication and settings
 */
export async function openArbitrageAccess(
  database: Database,
  settings: ArbitrageSettings,
  {
    live,
    change,
  }: {
    readonly live: LiveSettings<ArbitrageFlags> | undefined;
    readonly change: (latest: ArbitrageFlags) => void;
  },
  io: ServiceIo,
) {
  const { log, metrics, tracing } = io;
  const [clock, random, scheduler] = [systemClock, systemRandom, systemScheduler];
  const keys = await openServiceKeys(settings, { random, io });
  const keyStore = await openApiKeyStore(database, "arbitrage_keys");
  const apiKeys = createApiKeys({ store: keyStore, clock, random });
  const given =
    settings.adminKeyFrom === "" ? undefined : await readSecret(settings.adminKeyFrom, "Admin key", io);
  const adminKey = await firstAdminKey(given, keys.admin, { store: keyStore, clock });
  const limits = await openRateLimits(settings, "arbitrage", io);
  const nonces = await openNonceStore(database, "arbitrage_nonces", { clock });
  const authentication = await openAuthentication(settings, {
    ...{ service: `${settings.chain}/arbitrage`, sessionSecret: keys.sessions, perIp: limits.perIp },
    ...{ apiKeys, nonces, clock, io },
  });
  const { prepare } = authentication;
  const follow = (latest: ArbitrageFlags): void => {
    change(latest);
    limits.change(latest);
  };
  const parts = { definition: arbitrageDefinition, settings, live, prepare, change: follow };
  const dynamic = await openDynamic(ARBITRAGE_SETTINGS_SCHEMA, parts, database, io);
  const auditStore = await openAuditStore(database, "arbitrage_audit");
  const idempotency = await openIdempotencyStore(database, "arbitrage_http");
  const http = {
    ...{ log: log.child("api"), metrics, tracing, clock, scheduler },
    ...{ authenticator: authentication.authenticator, idempotency, limits },
  };
  return {
    ...{ authentication, http, adminKey, apiKeys, dynamic },
    audit: { log: createAuditLog({ store: auditStore, clock }), store: auditStore },
    /** Deletes what need not be known any more. */
    async sweep(): Promise<void> {
      await nonces.sweep();
      await idempotency.sweep(clock.nowMs());
    },
  };
}
