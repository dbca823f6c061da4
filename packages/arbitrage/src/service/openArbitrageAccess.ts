import { type AtRest, openAtRest } from "@trellis/platform/atRest";
import { createAuditLog, openAuditStore } from "@trellis/platform/audit";
import { createApiKeys, openApiKeyStore, openSessionStore, type SessionStore } from "@trellis/platform/auth";
import type { LiveSettings } from "@trellis/platform/config";
import type { Database } from "@trellis/platform/db";
import { openIdempotencyStore, openNonceStore } from "@trellis/platform/http";
import { readSecret } from "@trellis/platform/secrets";
import {
  firstAdminKey,
  openAuthentication,
  openRateLimits,
  openServiceDatabase,
  openServiceKeys,
  type ServiceIo,
  type ServiceKeys,
  startRuntimeSettings,
} from "@trellis/platform/service";
import { systemClock, systemRandom, systemScheduler } from "@trellis/platform/system";
import {
  ARBITRAGE_SETTINGS_SCHEMA,
  type ArbitrageServiceSettings,
  type RuntimeArbitrageSettings,
  runtimeArbitrageDefinition,
} from "./settings/index.ts";

export interface ArbitrageStores {
  readonly database: Database;
  readonly keys: ServiceKeys;
  readonly atRest: AtRest;
}

export async function openArbitrageStores(
  settings: ArbitrageServiceSettings,
  shared: Database | undefined,
  io: ServiceIo,
): Promise<ArbitrageStores> {
  const [clock, random] = [systemClock, systemRandom];
  const database = shared ?? (await openServiceDatabase(settings, io));
  const keys = await openServiceKeys(settings, { random, clock, io });
  const masterKeys = () => keys.masters;
  const atRest = await openAtRest({ schema: "arbitrage_at_rest" }, { database, masterKeys, random });
  return { database, keys, atRest };
}

export async function openArbitrageAccess(
  { database, keys, atRest }: ArbitrageStores,
  settings: ArbitrageServiceSettings,
  {
    live,
    sessionStore: shared,
    change,
  }: {
    readonly live: LiveSettings<ArbitrageServiceSettings> | undefined;
    readonly sessionStore?: SessionStore | undefined;
    readonly change: (latest: ArbitrageServiceSettings) => void;
  },
  io: ServiceIo,
) {
  const { log, metrics, tracing } = io;
  const [clock, random, scheduler] = [systemClock, systemRandom, systemScheduler];
  const keyStore = await openApiKeyStore(database, "arbitrage_keys", atRest);
  const apiKeys = createApiKeys({ store: keyStore, clock, random });
  const given =
    settings.adminKeyFrom === "" ? undefined : await readSecret(settings.adminKeyFrom, "Admin key", io);
  const adminKey = await firstAdminKey(given, keys.adminSeed, { store: keyStore, clock });
  const limits = await openRateLimits(settings, "arbitrage", io);
  const nonces = await openNonceStore(database, "arbitrage_nonces", { clock });
  const sessionStore = shared ?? (await openSessionStore(database, "arbitrage_sessions", atRest));
  const authentication = await openAuthentication(settings, {
    service: `${settings.chain}/arbitrage`,
    sessionSecrets: () => keys.sessionSecrets,
    perIp: limits.perIp,
    apiKeys,
    sessionStore,
    nonces,
    clock,
    random,
    io,
  });
  live?.onReload(() => keys.prepare(), "signal");
  const runtimeSettings = await startRuntimeSettings(
    ARBITRAGE_SETTINGS_SCHEMA,
    {
      definition: runtimeArbitrageDefinition,
      settings: membersApart(settings),
      live: live && {
        onReload: (take, when) => live.onReload((latest, cause) => take(membersApart(latest), cause), when),
      },
      async prepare(latest) {
        const applied = [limits.prepare(latest), await authentication.prepare(latest)];
        return () => {
          for (const apply of applied) apply();
        };
      },
      change(latest) {
        change({ ...latest, limits: latest, screening: latest });
        limits.change(latest);
      },
    },
    { database, atRest },
    io,
  );
  const auditStore = await openAuditStore(database, "arbitrage_audit", atRest);
  const idempotency = await openIdempotencyStore(database, "arbitrage_http", atRest);
  const http = {
    log: log.child("api"),
    metrics,
    tracing,
    clock,
    scheduler,
    authenticator: authentication.authenticator,
    idempotency,
    limits,
  };
  return {
    keys,
    authentication,
    http,
    limits,
    adminKey,
    apiKeys,
    sessions: authentication.sessions,
    runtimeSettings,
    audit: { log: createAuditLog({ store: auditStore, clock }), store: auditStore },
    async sweep(): Promise<void> {
      await nonces.sweep();
      await sessionStore.sweep(clock.nowMs());
      await idempotency.sweep(clock.nowMs());
      await keys.reencrypt(() => atRest.resealOnce());
    },
  };
}

function membersApart(settings: ArbitrageServiceSettings): RuntimeArbitrageSettings {
  return { ...settings, ...settings.limits, ...settings.screening };
}
