import { availableParallelism } from "node:os";
import { openAtRest } from "@trellis/platform/atRest";
import { createAuditLog, openAuditStore } from "@trellis/platform/audit";
import { createApiKeys, openApiKeyStore, openSessionStore } from "@trellis/platform/auth";
import type { Database } from "@trellis/platform/db";
import { type Events, openEvents } from "@trellis/platform/events";
import { openIdempotencyStore, openNonceStore } from "@trellis/platform/http";
import { openWebhookStore } from "@trellis/platform/notify";
import { createLiveEnvelope } from "@trellis/platform/secrets";
import type { ServiceIo, ServiceKeys } from "@trellis/platform/service";
import { systemClock, systemRandom, systemScheduler } from "@trellis/platform/system";
import { type Announce, openLedger } from "../ledger/index.ts";
import { createSegmentPool, type SegmentBuilder, type SegmentPool } from "../liabilities/index.ts";
import { type CustodianSigner, openSnapshots } from "../snapshots/index.ts";
import { requireIndexKey, requireMasterKeys } from "./identity.ts";
import { openServiceStore } from "./schema.ts";
import { custodianSigner } from "./signingKeys.ts";

export function openHashing({ lifecycle }: ServiceIo): Promise<SegmentPool> {
  return lifecycle.start(
    "hashing",
    async () => createSegmentPool(availableParallelism(), systemScheduler),
    (pool) => pool.close(),
  );
}

interface StoresOptions {
  readonly segments?: SegmentBuilder | undefined;
  readonly treeBytesMax?: number;
  /** Default: signs with the service key. */
  readonly custodian?: CustodianSigner | undefined;
}

export async function openStores(
  database: Database,
  keys: ServiceKeys,
  io: Pick<ServiceIo, "log">,
  { segments, treeBytesMax, custodian }: StoresOptions = {},
) {
  const [clock, random] = [systemClock, systemRandom];
  const envelope = createLiveEnvelope(() => keys.masters, random);
  const masterKeys = () => keys.masters;
  const atRest = await openAtRest({ schema: "reserves_at_rest" }, { database, masterKeys, random });
  requireIndexKey(atRest);
  const events = await openEvents(
    { schema: "reserves_events" },
    { database, clock, log: io.log.child("events"), atRest },
  );
  const announce = announceTo(events);
  const ledger = await openLedger({ database, clock, random, envelope, atRest, announce });
  await requireMasterKeys(ledger);
  const signer = custodian ?? custodianSigner(keys);
  const snapshots = await openSnapshots(
    {
      database,
      clock,
      random,
      ledger,
      envelope,
      atRest,
      signer,
      ...(segments === undefined ? {} : { segments }),
    },
    treeBytesMax === undefined ? {} : { treeBytesMax },
  );
  const tables = await openServiceStore(database, "reserves_service", atRest);
  const keyStore = await openApiKeyStore(database, "reserves_keys", atRest);
  const auditStore = await openAuditStore(database, "reserves_audit", atRest);
  return {
    atRest,
    ledger,
    snapshots,
    tables,
    events,
    keyStore,
    sessionStore: await openSessionStore(database, "reserves_sessions", atRest),
    apiKeys: createApiKeys({ store: keyStore, clock, random }),
    audit: { log: createAuditLog({ store: auditStore, clock }), store: auditStore },
    webhookStore: await openWebhookStore(database, "reserves_webhooks", atRest),
    idempotency: await openIdempotencyStore(database, "reserves_http", atRest),
    nonces: await openNonceStore(database, "reserves_nonces", { clock }),
  };
}

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
