import { join } from "node:path";
import { createAuditLog, openAuditStore } from "@trellis/platform/audit";
import { createApiKeys, openApiKeyStore } from "@trellis/platform/auth";
import { type Database, openDatabase } from "@trellis/platform/db";
import { openEvents } from "@trellis/platform/events";
import { openIdempotencyStore } from "@trellis/platform/http";
import { openWebhookStore } from "@trellis/platform/notify";
import { createEnvelope } from "@trellis/platform/secrets";
import { systemClock, systemRandom, systemScheduler } from "@trellis/platform/system";
import { openLedger } from "@trellis/reserves/ledger";
import { createCustodianSigner, openSnapshots } from "@trellis/reserves/snapshots";
import { lockDirectory } from "@trellis/storage";
import type { ServiceIo } from "../../cli/VerbIo.ts";
import { readSecret } from "../../verbs/keys/readSecret.ts";
import { SERVICE_STEPS, type ServiceTables } from "./schema.ts";
import type { ServiceKeys } from "./serviceKeys.ts";

export interface DatabasePlace {
  /** Absolute. */
  readonly dataDir: string;
  /** Where the address of a PostgreSQL server is; empty for the embedded database in the data directory. */
  readonly database: string;
}

/** The embedded database has one process, which holds its directory. */
export async function openServiceDatabase(place: DatabasePlace, io: ServiceIo): Promise<Database> {
  const { lifecycle, log, metrics } = io;
  const url =
    place.database === ""
      ? `pglite:${join(place.dataDir, "db")}`
      : await readSecret(place.database, "Address of the database", io);
  if (place.database === "") {
    await lifecycle.start(
      "data directory",
      () => lockDirectory(place.dataDir),
      (lock) => lock.release(),
    );
  }
  const ports = { metrics, clock: systemClock, scheduler: systemScheduler, random: systemRandom };
  return lifecycle.start(
    "database",
    () => openDatabase({ url }, { log: log.child("database"), ...ports }),
    (opened) => opened.close(),
  );
}

/** All that the service keeps, with its tables brought up to date. */
export async function openStores(database: Database, keys: ServiceKeys, io: ServiceIo) {
  const [clock, random] = [systemClock, systemRandom];
  const envelope = createEnvelope([keys.master], random);
  const ledger = await openLedger({ database, clock, random, envelope });
  const signer = createCustodianSigner(keys.custodian);
  const snapshots = await openSnapshots({ database, clock, random, ledger, envelope, signer });
  const tables = await database.openSchema<ServiceTables>("reserves_service", SERVICE_STEPS);
  const keyStore = await openApiKeyStore(database, "reserves_keys");
  const auditStore = await openAuditStore(database, "reserves_audit");
  return {
    ledger,
    snapshots,
    tables,
    custodianKey: signer.publicKey,
    events: await openEvents({ schema: "reserves_events" }, { database, clock, log: io.log.child("events") }),
    keyStore,
    apiKeys: createApiKeys({ store: keyStore, clock, random }),
    audit: { log: createAuditLog({ store: auditStore, clock }), store: auditStore },
    webhookStore: await openWebhookStore(database, "reserves_webhooks"),
    idempotency: await openIdempotencyStore(database, "reserves_http"),
  };
}

export type Stores = Awaited<ReturnType<typeof openStores>>;
