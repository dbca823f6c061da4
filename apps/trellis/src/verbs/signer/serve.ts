import { join } from "node:path";
import { bytesToHex } from "@trellis/base";
import type { TransactionPolicy } from "@trellis/client";
import { openAuditFile } from "@trellis/platform/audit";
import type { LiveSettings } from "@trellis/platform/config";
import { createHealth, openServicePort, type ServicePort } from "@trellis/platform/http";
import { platformMetrics } from "@trellis/platform/metrics";
import type { ServiceIo } from "@trellis/platform/service";
import {
  createDigestOperation,
  createMessageOperation,
  createSigner,
  type Lease,
  measureSigner,
  type OpenedKeys,
  openLease,
  openSharedRecord,
  openSignerServer,
  type PermittedSigner,
  parseAccess,
  type SharedRecord,
  type SignerAccess,
  type SignerKeys,
  type SignerRoute,
  type SignerTls,
  systemInstance,
  systemMachine,
} from "@trellis/platform/signer";
import { systemClock, systemRandom, systemScheduler, systemSteadyClock } from "@trellis/platform/system";
import { contentOf, openKeys, placesOf, type SignerPlaces } from "./places.ts";
import type { SignerFlags, SignerSettings } from "./settings.ts";
import {
  accountOperationOf,
  createPersonalOperation,
  createTransactionOperation,
} from "./transactionOperation.ts";
import { transactionPolicy } from "./transactionPolicy.ts";
import { createVoteOperations } from "./voteOperation.ts";

const ROUTES: readonly SignerRoute[] = [
  { path: "/api/v1/eth1/sign", operationOf: accountOperationOf, writeSignature: withV },
  { path: "/api/v1/eth2/sign", operationOf: () => "vote" },
  { path: "/api/v1/eth2/protection", operationOf: () => "protection" },
  { path: "/api/v1/digest", operationOf: () => "digest" },
  { path: "/api/v1/sign", operationOf: () => "sign" },
];

/** Acquires the lease first, so that a second instance reads no key. */
export async function run(
  settings: SignerSettings,
  io: ServiceIo,
  live: LiveSettings<SignerFlags>,
): Promise<void> {
  const { dataDir, host, port, json } = settings;
  const { lifecycle, log, metrics } = io;
  const places = placesOf(settings);
  const lease = await openOwnLease(dataDir, io);
  const startedMs = performance.now();
  const keys = await lifecycle.start(
    "keys",
    async () => replaceableKeys(await openKeys(settings, io)),
    (opened) => opened.close(),
  );
  const loadMs = Math.round(performance.now() - startedMs);
  const shared = await openShared(settings, io);
  await shared?.hold(validatorsOf(keys));
  const signer = await openSigner(settings, { keys, lease, shared }, io);
  const measured = measureSigner(signer, { metrics, clock: systemSteadyClock });
  const held = metrics.gauge(platformMetrics.trellis_signer_keys);
  held.set(keys.all.length);
  const server = await lifecycle.start(
    "signer",
    () =>
      openSignerServer(
        { host, port, tls: readTls(places) },
        { signer: measured, routes: ROUTES, clock: systemClock, log: log.child("signer") },
      ),
    (opened) => opened.close(),
  );
  live.onReload(async (next) => {
    const [access, tls] = [readAccess(next), readTls(places)];
    const opened = await openKeys(next, io);
    try {
      await shared?.hold(validatorsOf(opened));
    } catch (error) {
      await opened.close();
      throw error;
    }
    return () => {
      signer.setAccess(access);
      server.setTls(tls);
      keys.replace(opened);
      held.set(keys.all.length);
    };
  }, "signal");
  const service = await openHealthPort(settings, lease, io);
  lifecycle.serving();
  log.info("signer.started", { url: server.url, keys: keys.all.length, loadMs });
  const facts = { url: server.url, keys: keys.all.length, loadMs, dataDir, http: service?.url ?? null };
  const text = `\n  Signer of ${facts.keys} keys at ${server.url}, data ${dataDir}\n\n`;
  io.stdout.write(json ? `${JSON.stringify({ event: "ready", ...facts })}\n` : text);
}

function openHealthPort(
  { httpHost: host, httpPort: port, hosts }: SignerSettings,
  lease: Lease,
  { lifecycle, log, metrics }: ServiceIo,
): Promise<ServicePort> | undefined {
  if (port === "none") return undefined;
  const health = createHealth(lifecycle);
  health.addCheck("lease", () => {
    lease.check();
    return undefined;
  });
  return lifecycle.start(
    "service port",
    () => openServicePort({ host, port, hosts }, { log: log.child("http"), metrics, health }),
    (opened) => opened.close(),
  );
}

function openOwnLease(dataDir: string, { lifecycle }: ServiceIo): Promise<Lease> {
  const [clock, scheduler, random] = [systemClock, systemScheduler, systemRandom];
  return lifecycle.start(
    "lease",
    () => openLease(dataDir, { clock, scheduler, random, machine: systemMachine() }),
    (opened) => opened.release(),
  );
}

interface Held {
  readonly keys: SignerKeys;
  readonly lease: Lease;
  readonly shared: SharedRecord | undefined;
}

async function openSigner(
  settings: SignerSettings,
  { keys, lease, shared }: Held,
  { lifecycle }: ServiceIo,
): Promise<PermittedSigner<TransactionPolicy>> {
  const places = placesOf(settings);
  const audit = await lifecycle.start(
    "audit",
    () => openAuditFile(places.audit),
    (file) => file.close(),
  );
  const votes = await lifecycle.start(
    "vote records",
    () => createVoteOperations(places.protection, keys, shared),
    (opened) => opened.close(),
  );
  const check = (): void => {
    lease.check();
    shared?.check();
  };
  const operations = [
    createTransactionOperation(keys, systemClock),
    createPersonalOperation(keys),
    createMessageOperation(keys),
    createDigestOperation(keys),
    ...votes.operations,
  ];
  const ports = { keys, lease: { check }, audit, clock: systemClock, operations };
  return createSigner<TransactionPolicy>(readAccess(settings), ports);
}

async function openShared(
  { dataDir, sharedFrom }: SignerSettings,
  io: ServiceIo,
): Promise<SharedRecord | undefined> {
  if (sharedFrom === "") return undefined;
  const { openServiceDatabase } = await import("@trellis/platform/service");
  const database = await openServiceDatabase({ dataDir, database: sharedFrom }, io);
  const ports = { scheduler: systemScheduler, nowMs: () => performance.now() };
  return io.lifecycle.start(
    "shared record",
    () => openSharedRecord(database, systemInstance(dataDir), ports),
    (opened) => opened.close(),
  );
}

function validatorsOf({ all }: SignerKeys): string[] {
  return all.filter(({ purpose }) => purpose === "validator").map(({ publicKey }) => bytesToHex(publicKey));
}

interface ReplaceableKeys extends OpenedKeys {
  replace(next: OpenedKeys): void;
}

function replaceableKeys(first: OpenedKeys): ReplaceableKeys {
  let current = first;
  return {
    get all() {
      return current.all;
    },
    find: (id) => current.find(id),
    findByPublicKey: (publicKey) => current.findByPublicKey(publicKey),
    sign: (key, payload) => current.sign(key, payload),
    close: () => current.close(),
    replace: (next) => {
      const previous = current;
      current = next;
      // The key holder may already be unreachable.
      previous.close().catch(() => {});
    },
  };
}

function readAccess(settings: SignerFlags): SignerAccess<TransactionPolicy> {
  return parseAccess(contentOf(placesOf(settings).access), transactionPolicy);
}

function readTls({ tls, server }: SignerPlaces): SignerTls {
  const pair = contentOf(server);
  return { certificate: pair, key: pair, authority: contentOf(join(tls, "ca.crt")) };
}

/** Web3Signer's v is 27 or 28. */
function withV(signature: Uint8Array): Uint8Array {
  const written = signature.slice();
  written[64] = written[64]! + 27;
  return written;
}
