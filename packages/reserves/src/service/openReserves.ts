import { join } from "node:path";
import type { Hex } from "@trellis/base";
import type { SessionStore } from "@trellis/platform/auth";
import type { LiveSettings } from "@trellis/platform/config";
import type { Database } from "@trellis/platform/db";
import {
  createHealth,
  type HealthCheck,
  openServicePort,
  requireFreePort,
  type ServicePort,
} from "@trellis/platform/http";
import type { Jobs } from "@trellis/platform/jobs";
import { createDedupeStore, delayQueue, type Notifier } from "@trellis/platform/notify";
import { readSecret } from "@trellis/platform/secrets";
import {
  addOperations,
  type DatabaseWatch,
  firstAdminKey,
  hasServiceKey,
  openDatabaseCost,
  openEventStream,
  openNotifier,
  openServiceDatabase,
  openServiceKeys,
  openTls,
  type ServiceCosts,
  type ServiceEventStream,
  type ServiceIo,
  type ServiceKeys,
  watchDatabase,
} from "@trellis/platform/service";
import { hostsOf, namesOf } from "@trellis/platform/service/settings";
import { systemClock, systemRandom, systemScheduler } from "@trellis/platform/system";
import type { ListenerTls } from "@trellis/platform/tls";
import type { FastifyInstance } from "fastify";
import { readAnchorFees } from "../anchoring/index.ts";
import { createReservesApi, type ReservesApiPorts } from "../api/index.ts";
import type { PublishedKeys } from "../log/index.ts";
import { endSnapshot } from "./endSnapshot.ts";
import { fileWitnessMemory } from "./fileWitnessMemory.ts";
import { requireIdentity, requireNoIdentity } from "./identity.ts";
import { measureReserves } from "./measureReserves.ts";
import { type Access, openAccess } from "./openAccess.ts";
import { openAddresses } from "./openAddresses.ts";
import { openAnchors, requireAnchoring } from "./openAnchors.ts";
import { openAttestations } from "./openAttestations.ts";
import { openDeliveries } from "./openDeliveries.ts";
import { openIncidents } from "./openIncidents.ts";
import { openProofs } from "./openProofs.ts";
import { openPublisher, type Publisher } from "./openPublisher.ts";
import { openRemoteKeys } from "./openRemoteKeys.ts";
import { openReserveChains } from "./openReserveChains.ts";
import { openHashing, openStores, type Stores } from "./openStores.ts";
import { offeredJobs, openQueue, openWorkers } from "./openWorkers.ts";
import { watchKeyChanges } from "./publishKeyChanges.ts";
import { readRetentionSchedule } from "./retention.ts";
import type { ReservesServiceSettings } from "./settings.ts";
import { signingKeys } from "./signingKeys.ts";
import { type LogWatch, watchLog } from "./watchLog.ts";

export interface OpenedReserves {
  readonly port: ServicePort;
  readonly adminKey: string | undefined;
  readonly database: Database;
  readonly sessionStore: SessionStore;
}

export interface ReservesPorts {
  readonly live?: LiveSettings<ReservesServiceSettings>;
  readonly addPages: (server: FastifyInstance) => Promise<void>;
}

/** Opens the HTTP port last. */
export async function openReserves(
  settings: ReservesServiceSettings,
  { live, addPages }: ReservesPorts,
  io: ServiceIo,
): Promise<OpenedReserves> {
  const { custodian, dataDir, workers } = settings;
  const [clock, random, scheduler] = [systemClock, systemRandom, systemScheduler];
  requireAnchoring(settings);
  await requireFreePort(settings);
  const { keys, database } = await openKeyedDatabase(settings, io);
  const segments = workers > 0 ? await openHashing(io) : undefined;
  const remote = await openRemoteKeys(settings, io);
  const stores = await openStores(database, keys, io, {
    segments,
    custodian: remote?.custodian,
    treeBytesMax: settings.treeMemoryMax,
  });
  const { webhook, head: signer, otherHeads, published } = signingKeys(custodian, keys, remote);
  await requireIdentity(stores.tables, { custodian, recordKeys: recordKeysOf(published) });
  const adminKey = await adminKeyOf(settings, { keys, stores }, io);
  const schedule = readRetentionSchedule(settings.retention);

  const memory = fileWitnessMemory(join(dataDir, "signed-heads.json"));
  const anchors = await openAnchors(settings, { database, remote, live }, io);
  const anchored = anchors === undefined ? {} : { anchors };
  const reserves = await openReserveChains(settings.chains, io);
  const wallets = reserves === undefined ? {} : { wallets: reserves.wallets };
  const publisher = openPublisher(custodian, { ...stores, memory, signer, otherHeads, clock, ...anchored });
  const jobs = await openQueue({ database, atRest: stores.atRest }, workers, io);
  const deliveries = openDeliveries(
    {
      ...stores,
      store: stores.webhookStore,
      jobs,
      key: webhook,
      clock,
      random,
      scheduler,
      metrics: io.metrics,
      log: io.log.child("webhooks"),
    },
    { allowPrivate: settings.allowPrivateWebhooks },
  );
  const notifier = await openOwnNotifier(settings, stores, jobs, io);
  const gasWei = anchors && (await readAnchorFees(database));
  const charged = { service: "reserves", database, atRest: stores.atRest, live, notifier, gasWei };
  const cost = await openDatabaseCost(settings, charged, io);
  const events = await openPushed(stores, io);
  const access = await openAccess({ settings, live, keys, stores, database }, io);
  const tls = await openTls(settings, { names: namesOf(settings), live }, io);
  const proofs = await openProofs(settings, { keys, stores, database, jobs }, io);
  const ports: ReservesApiPorts = {
    ...stores,
    ledger: proofs.ledger,
    proofs: proofs.files,
    snapshots: { ...stores.snapshots, end: endSnapshot({ ...stores, jobs }) },
    publications: publisher,
    events,
    jobs: offeredJobs(jobs, { reserves, publisher }),
    log: { ...publisher.log, head: publisher.head },
    addresses: openAddresses(custodian, { ...stores, clock, random, ...wallets }),
    attestations: openAttestations(stores.tables),
    incidents: openIncidents({ ...stores, clock }),
    webhooks: { ...stores.webhookStore, ...deliveries.webhooks },
    sessions: access.authentication.sessions,
    settings: access.runtimeSettings,
    published,
    retention: schedule,
    costs: cost.costs,
    http: httpPorts(stores, access, cost, io),
  };
  if (workers > 0) {
    const outputs = { publisher, signer, otherHeads, deliveries, notifier };
    const work = { custodian, ...outputs, anchors, reserves, schedule, keys, times: settings };
    await openWorkers(jobs, stores, work, io);
  }
  const watches = await openWatches(database, { stores, publisher, jobs }, io);
  await followKeyChanges(custodian, { keys, stores, publisher, jobs, isHeld: remote !== undefined }, io);
  const checks = { database: watches.database.check, "transparency log": watches.log.check };
  return {
    port: await openPort(settings, { ports, access, tls, published, checks, addPages }, io),
    adminKey,
    database,
    sessionStore: stores.sessionStore,
  };
}

async function openKeyedDatabase(
  settings: ReservesServiceSettings,
  io: ServiceIo,
): Promise<{ readonly keys: ServiceKeys; readonly database: Database }> {
  const readKeys = () => openServiceKeys(settings, { random: systemRandom, clock: systemClock, io });
  const known = hasServiceKey(settings) ? await readKeys() : undefined;
  const database = await openServiceDatabase(settings, io);
  if (known === undefined) await requireNoIdentity(database, settings.dataDir);
  return { keys: known ?? (await readKeys()), database };
}

function openPushed({ events }: Stores, { lifecycle, log, metrics }: ServiceIo): Promise<ServiceEventStream> {
  return lifecycle.start(
    "events",
    () => openEventStream(events, { scheduler: systemScheduler, log: log.child("events"), metrics }),
    (stream) => stream.close(),
  );
}

function openOwnNotifier(
  { notify: file, allowPrivateWebhooks: allowPrivate }: ReservesServiceSettings,
  { tables }: Stores,
  jobs: Jobs,
  io: ServiceIo,
): Promise<Notifier | undefined> {
  const dedupe = createDedupeStore(tables.db.$pickTables<"told">());
  const queue = delayQueue("notification", jobs, systemClock);
  return openNotifier(
    { file, allowPrivate },
    { dedupe, queue, clock: systemClock, log: io.log.child("notify"), io },
  );
}

interface Watches {
  readonly database: DatabaseWatch;
  readonly log: LogWatch;
}

async function openWatches(
  database: Database,
  {
    stores,
    publisher,
    jobs,
  }: { readonly stores: Stores; readonly publisher: Publisher; readonly jobs: Jobs },
  { lifecycle, log, metrics }: ServiceIo,
): Promise<Watches> {
  const [clock, scheduler] = [systemClock, systemScheduler];
  await lifecycle.start(
    "figures",
    () => measureReserves({ ...stores, publisher, jobs, metrics, scheduler, log: log.child("figures") }),
    (measuring) => measuring.stop(),
  );
  return {
    database: await lifecycle.start(
      "database watch",
      () => watchDatabase(database, { clock, scheduler }),
      (watching) => watching.stop(),
    ),
    log: await lifecycle.start(
      "log watch",
      () => watchLog(publisher, { scheduler, log: log.child("transparency-log") }),
      (watching) => watching.stop(),
    ),
  };
}

interface KeyChangeStores {
  readonly keys: ServiceKeys;
  readonly stores: Stores;
  readonly publisher: Publisher;
  readonly jobs: Jobs;
  /** True if a remote signer keeps the keys. */
  readonly isHeld: boolean;
}

function recordKeysOf({ records }: PublishedKeys): readonly Hex[] {
  return [records, ...(records.others ?? [])].map(({ publicKey }) => publicKey);
}

async function adminKeyOf(
  { adminKeyFrom }: ReservesServiceSettings,
  { keys, stores }: { readonly keys: ServiceKeys; readonly stores: Stores },
  io: ServiceIo,
): Promise<string | undefined> {
  const given = adminKeyFrom === "" ? undefined : await readSecret(adminKeyFrom, "Admin key", io);
  return firstAdminKey(given, keys.adminSeed, { store: stores.keyStore, clock: systemClock });
}

function httpPorts(
  { idempotency }: Stores,
  { authentication: { authenticator }, limits }: Access,
  { meter: usage }: ServiceCosts,
  { log, metrics, tracing }: ServiceIo,
): ReservesApiPorts["http"] {
  return {
    log: log.child("api"),
    metrics,
    tracing,
    clock: systemClock,
    scheduler: systemScheduler,
    authenticator,
    idempotency,
    limits,
    usage,
  };
}

function followKeyChanges(
  custodian: string,
  { keys, stores: { tables }, publisher, jobs, isHeld }: KeyChangeStores,
  { lifecycle, log }: ServiceIo,
): Promise<{ stop(): void }> {
  const reencrypt = () => jobs.add("rotation", {});
  const ports = {
    tables,
    publisher,
    reencrypt,
    ...(isHeld && { purposes: ["webhook"] as const }),
    scheduler: systemScheduler,
    log: log.child("keys"),
  };
  return lifecycle.start(
    "key changes",
    () => watchKeyChanges(custodian, keys, ports),
    (watching) => watching.stop(),
  );
}

function openPort(
  settings: ReservesServiceSettings,
  {
    ports,
    access,
    tls,
    published,
    checks,
    addPages,
  }: Pick<ReservesPorts, "addPages"> & {
    readonly ports: ReservesApiPorts;
    readonly access: Access;
    readonly tls: ListenerTls | undefined;
    readonly published: object;
    readonly checks: Readonly<Record<string, HealthCheck>>;
  },
  io: ServiceIo,
): Promise<ServicePort> {
  const { lifecycle, log, metrics } = io;
  const health = createHealth(lifecycle);
  for (const [part, check] of Object.entries(checks)) health.addCheck(part, check);
  const { host, port, corsOrigins, trustedProxies } = settings;
  const api = createReservesApi(ports, { corsOrigins });
  return lifecycle.start(
    "port",
    () =>
      openServicePort(
        { host, port, trustedProxies, hosts: hostsOf(settings) },
        {
          log: log.child("http"),
          metrics,
          health,
          tracing: io.tracing,
          guard: access.limits.door,
          tls,
          async addRoutes(server) {
            server.get("/.well-known/trellis-reserves.json", () => published);
            access.authentication.addRoutes(server);
            await api.addRoutes(server);
            const { http, audit } = ports;
            const operated = { service: "reserves", prefix: "/v1", health, http, audit: audit.log };
            const { runtimeSettings, limits, keys } = access;
            await addOperations(server, { ...operated, runtimeSettings, guard: limits.guard, keys }, io);
            await addPages(server);
          },
        },
      ),
    (opened) => opened.close(),
  );
}
