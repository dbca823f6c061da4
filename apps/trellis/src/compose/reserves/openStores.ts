import { availableParallelism } from "node:os";
import { join } from "node:path";
import { createAuditLog, openAuditStore } from "@trellis/platform/audit";
import { createApiKeys, openApiKeyStore } from "@trellis/platform/auth";
import { type Database, openDatabase } from "@trellis/platform/db";
import { type Events, openEvents } from "@trellis/platform/events";
import { openIdempotencyStore, openNonceStore } from "@trellis/platform/http";
import { openWebhookStore } from "@trellis/platform/notify";
import { createEnvelope } from "@trellis/platform/secrets";
import { systemClock, systemRandom, systemScheduler } from "@trellis/platform/system";
import { type Announce, openLedger } from "@trellis/reserves/ledger";
import { createSegmentPool, type SegmentBuilder, type SegmentPool } from "@trellis/reserves/liabilities";
import { createCustodianSigner, openSnapshots } from "@trellis/reserves/snapshots";
import { lockDirectory } from "@trellis/storage";
import type { ServiceIo } from "../../cli/VerbIo.ts";
import { readSecret } from "../../verbs/keys/readSecret.ts";
import type { ServiceKeys } from "../serviceKeys.ts";
import { SERVICE_STEPS, type ServiceTables } from "./schema.ts";

export interface DatabasePlace {
  /** Absolute. */
  readonly dataDir: string;
  /** Where the address of a PostgreSQL server is; empty for the embedded database in the data directory. */
  readonly database: string;
}

/** The embedded database has one process, which holds its directory. */
export async function openServiceDatabase(place: DatabasePlace, io: ServiceIo): Promise<Database> {
  const { lifecycle, log, metrics, tracing } = io;
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
  const ports = { metrics, tracing, clock: systemClock, scheduler: systemScheduler, random: systemRandom };
  return lifecycle.start(
    "database",
    () => openDatabase({ url }, { log: log.child("database"), ...ports }),
    (opened) => opened.close(),
  );
}

/** Threads that hash trees, which a process that takes snapshots has beside the one that serves. */
export function openHashing({ lifecycle }: ServiceIo): Promise<SegmentPool> {
  return lifecycle.start(
    "hashing",
    async () => createSegmentPool(availableParallelism()),
    (pool) => pool.close(),
  );
}

export interface StoresOptions {
  /** Where trees are hashed; on the calling thread unless given. */
  readonly segments?: SegmentBuilder | undefined;
  readonly treeBytesMax?: number;
}

/**
 * All that the service keeps, with its tables brought up to date.
 * @throws LEDGER_MASTER_KEY_MISSING
 */
export async function openStores(
  database: Database,
  keys: ServiceKeys,
  io: Pick<ServiceIo, "log">,
  { segments, treeBytesMax }: StoresOptions = {},
) {
  const [clock, random] = [systemClock, systemRandom];
  const envelope = createEnvelope([...(keys.newerMasters ?? []), keys.master], random);
  const events = await openEvents(
    { schema: "reserves_events" },
    { database, clock, log: io.log.child("events") },
  );
  const ledger = await openLedger({ database, clock, random, envelope, announce: announceTo(events) });
  await ledger.requireMasterKeys();
  const signer = createCustodianSigner(keys.custodian);
  const snapshots = await openSnapshots(
    { database, clock, random, ledger, envelope, signer, ...(segments === undefined ? {} : { segments }) },
    treeBytesMax === undefined ? {} : { treeBytesMax },
  );
  const tables = await database.openSchema<ServiceTables>("reserves_service", SERVICE_STEPS);
  const keyStore = await openApiKeyStore(database, "reserves_keys");
  const auditStore = await openAuditStore(database, "reserves_audit");
  return {
    ledger,
    snapshots,
    tables,
    custodianKey: signer.publicKey,
    events,
    keyStore,
    apiKeys: createApiKeys({ store: keyStore, clock, random }),
    audit: { log: createAuditLog({ store: auditStore, clock }), store: auditStore },
    webhookStore: await openWebhookStore(database, "reserves_webhooks"),
    idempotency: await openIdempotencyStore(database, "reserves_http"),
    nonces: await openNonceStore(database, "reserves_nonces", { clock }),
  };
}

/** Customers hear of their balances and debts with the entries that change them. */
function announceTo(events: Events): Announce {
  return async (transaction, changed) => {
    const drafts = changed.map(({ customer, asset, side, sequence, balance }) => ({
      kind: side === "debt" ? "debt.changed" : "balance.changed",
      data: { customerId: customer, asset, balance: String(balance), sequence: String(sequence) },
    }));
    await events.publish(transaction, drafts);
  };
}

export type Stores = Awaited<ReturnType<typeof openStores>>;
