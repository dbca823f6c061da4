import { join } from "node:path";
import { bytesToHex } from "@trellis/base";
import { createAuthenticator, createMemoryWindowCounters, createRateLimiter } from "@trellis/platform/auth";
import { createHealth, openServicePort, type ServicePort } from "@trellis/platform/http";
import { systemClock, systemRandom, systemScheduler } from "@trellis/platform/system";
import { createReservesApi, type ReservesParts } from "@trellis/reserves/api";
import { createHeadSigner } from "@trellis/reserves/log";
import type { ServiceIo } from "../../cli/VerbIo.ts";
import type { ReservesSettings } from "../../config/reserves.ts";
import { readSecret } from "../../verbs/keys/readSecret.ts";
import { firstAdminKey } from "./adminKey.ts";
import { fileWitnessMemory } from "./fileWitnessMemory.ts";
import { requireIdentity } from "./identity.ts";
import { openAddresses } from "./openAddresses.ts";
import { openAnchors } from "./openAnchors.ts";
import { openDeliveries } from "./openDeliveries.ts";
import { openEventStream } from "./openEventStream.ts";
import { openIncidents } from "./openIncidents.ts";
import { openPublisher } from "./openPublisher.ts";
import { openServiceDatabase, openStores, type Stores } from "./openStores.ts";
import { offeredJobs, openQueue, startWorkers } from "./openWork.ts";
import { openServiceKeys, webhookKey } from "./serviceKeys.ts";

export interface OpenedReserves {
  readonly port: ServicePort;
  /** Where one was made: it is shown only now. */
  readonly adminKey: string | undefined;
}

/** Requests a minute from one address, and their cost for one principal. */
const PER_ADDRESS = { cost: 12_000, windowMs: 60_000 };
const PER_PRINCIPAL = { cost: 60_000, windowMs: 60_000 };

/** Opens the service, its last part the port. */
export async function openReserves(settings: ReservesSettings, io: ServiceIo): Promise<OpenedReserves> {
  const { custodian, dataDir, workers } = settings;
  const { lifecycle, log } = io;
  const [clock, random] = [systemClock, systemRandom];
  const keys = await openServiceKeys(settings, { random, io });
  const database = await openServiceDatabase(settings, io);
  const stores = await openStores(database, keys, io);
  const webhook = webhookKey(`${custodian}/webhooks`, keys.webhooks);
  const signer = createHeadSigner(custodian, "ed25519", keys.log);
  const published = publicKeys(custodian, stores, signer.key.publicKey, webhook.publicKey);
  await requireIdentity(stores.tables, { custodian, recordKey: published.records.publicKey });
  const given =
    settings.adminKeyFrom === "" ? undefined : await readSecret(settings.adminKeyFrom, "Admin key", io);
  const adminKey = await firstAdminKey(given, { store: stores.keyStore, apiKeys: stores.apiKeys, clock });

  const memory = fileWitnessMemory(join(dataDir, "signed-heads.json"));
  const anchors = await openAnchors(settings, database, io);
  const anchored = anchors === undefined ? {} : { anchors };
  const publisher = openPublisher(custodian, { ...stores, memory, signer, clock, ...anchored });
  const jobs = await openQueue(database, workers, io);
  const deliveries = openDeliveries(
    {
      ...stores,
      ...{ store: stores.webhookStore, jobs, key: webhook.key, clock, random },
      log: log.child("webhooks"),
    },
    { allowPrivate: settings.allowPrivateWebhooks },
  );
  const events = await lifecycle.start(
    "events",
    () => openEventStream(stores.events, { log: log.child("events") }),
    (stream) => stream.close(),
  );
  const parts: ReservesParts = {
    ...stores,
    ...{ publications: publisher, events, jobs: offeredJobs(jobs) },
    log: { ...publisher.log, head: publisher.head },
    addresses: openAddresses(custodian, { ...stores, clock, random }),
    // None is made yet: without chains there is nothing to attest.
    attestations: { list: async () => [], signed: async () => undefined },
    incidents: openIncidents({ ...stores, clock }),
    webhooks: { ...stores.webhookStore, ...deliveries.webhooks },
    http: httpPorts(stores, io),
  };
  if (workers > 0) {
    await startWorkers(jobs, stores, { publisher, deliveries, anchors });
    await lifecycle.start(
      "webhook relay",
      () => deliveries.relay(),
      (relay) => relay.stop(),
    );
  }
  return { port: await openPort(settings, parts, published, io), adminKey };
}

function httpPorts(stores: Stores, { log, metrics }: ServiceIo): ReservesParts["http"] {
  const clock = systemClock;
  const limiter = (limit: typeof PER_ADDRESS) =>
    createRateLimiter(limit, { counters: createMemoryWindowCounters(), clock });
  return {
    ...{ log: log.child("api"), metrics, clock, scheduler: systemScheduler },
    authenticator: createAuthenticator({ apiKeys: stores.apiKeys }),
    idempotency: stores.idempotency,
    limits: { perIp: limiter(PER_ADDRESS), perPrincipal: limiter(PER_PRINCIPAL) },
  };
}

/** What whoever verifies compares with: records and heads are signed by these. */
function publicKeys(custodian: string, stores: Stores, log: Uint8Array, webhooks: Uint8Array) {
  const key = (publicKey: Uint8Array) => ({ algorithm: "ed25519", publicKey: bytesToHex(publicKey) });
  return {
    custodian,
    records: key(stores.custodianKey),
    log: { origin: custodian, name: custodian, ...key(log) },
    webhooks: { keyId: `${custodian}/webhooks`, ...key(webhooks) },
  };
}

function openPort(
  { host, port }: ReservesSettings,
  parts: ReservesParts,
  published: object,
  { lifecycle, log, metrics }: ServiceIo,
): Promise<ServicePort> {
  const health = createHealth(lifecycle);
  const api = createReservesApi(parts);
  return lifecycle.start(
    "port",
    () =>
      openServicePort(
        { host, port },
        {
          ...{ log: log.child("http"), metrics, health },
          async addRoutes(server) {
            server.get("/.well-known/trellis-reserves.json", () => published);
            await api.addRoutes(server);
          },
        },
      ),
    (opened) => opened.close(),
  );
}
