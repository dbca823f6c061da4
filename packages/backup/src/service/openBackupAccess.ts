import { openAtRest } from "@trellis/platform/atRest";
import { createAuditLog, openAuditStore } from "@trellis/platform/audit";
import { createApiKeys, openApiKeyStore, openSessionStore } from "@trellis/platform/auth";
import type { LiveSettings } from "@trellis/platform/config";
import { openIdempotencyStore, openNonceStore } from "@trellis/platform/http";
import { readSecret } from "@trellis/platform/secrets";
import {
  firstAdminKey,
  openAuthentication,
  openRateLimits,
  openServiceDatabase,
  openServiceKeys,
  type ServiceIo,
} from "@trellis/platform/service";
import { systemClock, systemRandom, systemScheduler } from "@trellis/platform/system";
import type { BackupServiceSettings } from "./settings.ts";

export type BackupStores = Awaited<ReturnType<typeof openBackupStores>>;

/** @param settings with the service's own data directory */
export async function openBackupStores(settings: BackupServiceSettings, io: ServiceIo) {
  const [clock, random] = [systemClock, systemRandom];
  const database = await openServiceDatabase(settings, io);
  const keys = await openServiceKeys(settings, { random, clock, io });
  const masterKeys = () => keys.masters;
  const atRest = await openAtRest({ schema: "backup_at_rest" }, { database, masterKeys, random });
  return { database, keys, atRest };
}

export async function openBackupAccess(
  { database, keys, atRest }: BackupStores,
  settings: BackupServiceSettings,
  live: LiveSettings<BackupServiceSettings>,
  io: ServiceIo,
) {
  const { log, metrics, tracing } = io;
  const [clock, random, scheduler] = [systemClock, systemRandom, systemScheduler];
  const keyStore = await openApiKeyStore(database, "backup_keys", atRest);
  const apiKeys = createApiKeys({ store: keyStore, clock, random });
  const given =
    settings.adminKeyFrom === "" ? undefined : await readSecret(settings.adminKeyFrom, "Admin key", io);
  const adminKey = await firstAdminKey(given, keys.adminSeed, { store: keyStore, clock });
  const limits = await openRateLimits(settings, "backup", io);
  const nonces = await openNonceStore(database, "backup_nonces", { clock });
  const sessionStore = await openSessionStore(database, "backup_sessions", atRest);
  const authentication = await openAuthentication(settings, {
    service: "backup",
    sessionSecrets: () => keys.sessionSecrets,
    perIp: limits.perIp,
    apiKeys,
    sessionStore,
    nonces,
    clock,
    random,
    io,
  });
  live.onReload(() => keys.prepare(), "signal");
  live.onReload(async (latest) => {
    const applied = [limits.prepare(latest), await authentication.prepare(latest)];
    return () => {
      for (const apply of applied) apply();
      limits.change(latest);
    };
  }, "always");
  const auditStore = await openAuditStore(database, "backup_audit", atRest);
  const idempotency = await openIdempotencyStore(database, "backup_http", atRest);
  const { authenticator, sessions } = authentication;
  return {
    keys,
    authentication,
    limits,
    adminKey,
    apiKeys,
    sessions,
    http: {
      log: log.child("api"),
      metrics,
      tracing,
      clock,
      scheduler,
      authenticator,
      idempotency,
      limits,
    },
    audit: { log: createAuditLog({ store: auditStore, clock }), store: auditStore },
    async sweep(): Promise<void> {
      await nonces.sweep();
      await sessionStore.sweep(clock.nowMs());
      await idempotency.sweep(clock.nowMs());
      await keys.reencrypt(() => atRest.resealOnce());
    },
  };
}
