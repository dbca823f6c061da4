import { type Log, silentTracing, type Tracing } from "@trellis/base";
import type { AtRest } from "@trellis/platform/atRest";
import type { Database } from "@trellis/platform/db";
import { type JobKind, type Jobs, openJobs, traceJobs } from "@trellis/platform/jobs";
import type { DeliveryJob, NotificationJob, Notifier } from "@trellis/platform/notify";
import { type ServiceIo, type ServiceKeys, watchDeadJobs } from "@trellis/platform/service";
import { systemClock, systemScheduler } from "@trellis/platform/system";
import { apiErrors, JOB_KINDS, type JobKindName, type ReservesApiPorts } from "../api/index.ts";
import type { RetentionSchedule } from "../compliance/index.ts";
import type { HeadSigner } from "../log/index.ts";
import { SNAPSHOT_JOB } from "../snapshots/index.ts";
import { attest } from "./attest.ts";
import type { ServiceAnchors } from "./openAnchors.ts";
import type { Deliveries } from "./openDeliveries.ts";
import { openIncidents } from "./openIncidents.ts";
import type { Publisher } from "./openPublisher.ts";
import type { ReserveChains } from "./openReserveChains.ts";
import type { Stores } from "./openStores.ts";
import { publishAnchorEvents } from "./publishAnchorEvents.ts";
import { publishAuditHead } from "./publishAuditHead.ts";
import { type ReconciliationRequest, reconcileAll } from "./reconcileAll.ts";
import { retain } from "./retention.ts";
import { rotateKeys } from "./rotateKeys.ts";
import type { ReservesServiceSettings } from "./settings.ts";
import { type Scheduled, skipDuplicateJob } from "./skipDuplicateJob.ts";
import { requireNoHeights, type SnapshotRequest, takeSnapshot } from "./takeSnapshot.ts";

export const ERASURE_JOB = "erasure";
/** Another process takes over a job after this time. */
const ALIVE_S = 10;
const SAID_BY_OTHERS = ["NODE_REFUSED", "RESERVES_SOURCE_INVALID"];
const PUBLISHED: ReadonlySet<string> = new Set([SNAPSHOT_JOB.name, "attestation"]);
/** Cron expressions are in UTC. */
const SWEEP_CRON = "*/5 * * * *";
const ANCHOR_CRON = "* * * * *";
/** Resumes interrupted erasures. */
const ERASURE_CRON = "3-59/5 * * * *";
const RETENTION_CRON = "23 3 * * *";

export function openQueue(
  { database, atRest }: { readonly database: Database; readonly atRest: AtRest },
  workers: number,
  io: ServiceIo,
): Promise<Jobs> {
  const { lifecycle, log, metrics, tracing } = io;
  const kinds: Record<JobKindName, JobKind> = {
    [SNAPSHOT_JOB.name]: { ...SNAPSHOT_JOB.kind, aliveS: ALIVE_S, retriedRefusals: SAID_BY_OTHERS },
    reconciliation: { isExclusive: true, aliveS: ALIVE_S },
    webhook: { concurrency: workers, aliveS: ALIVE_S },
    notification: { concurrency: workers, retriesMax: 10, retryPauseS: 5, aliveS: ALIVE_S },
    sweep: { isExclusive: true, aliveS: ALIVE_S },
    anchor: { isExclusive: true, aliveS: ALIVE_S, retriedRefusals: SAID_BY_OTHERS },
    attestation: { isExclusive: true, aliveS: ALIVE_S, retriedRefusals: SAID_BY_OTHERS },
    rotation: { isExclusive: true, aliveS: ALIVE_S, timeoutS: 6 * 3_600 },
    retention: { isExclusive: true, aliveS: ALIVE_S },
    [ERASURE_JOB]: { isExclusive: true, aliveS: ALIVE_S, timeoutS: 6 * 3_600 },
  };
  return lifecycle.start(
    "jobs",
    async () => {
      const jobs = await openJobs(
        { kinds, schema: "reserves_jobs", pollS: 1, isMaintainer: workers > 0 },
        { database, atRest, log: log.child("jobs"), metrics, scheduler: systemScheduler },
      );
      return traceJobs(jobs, tracing);
    },
    (jobs) => jobs.close(),
  );
}

export function offeredJobs(
  jobs: Jobs,
  {
    reserves,
    publisher,
  }: Pick<WorkPorts, "reserves"> & { readonly publisher: Pick<Publisher, "requireContinued"> },
): ReservesApiPorts["jobs"] {
  return {
    ...jobs,
    async add(kind, data, options) {
      if (kind === "attestation" && reserves === undefined) throw apiErrors.RESERVES_CHAINS_MISSING();
      if (kind === "snapshot" && reserves !== undefined) requireNoHeights(data as SnapshotRequest);
      if (PUBLISHED.has(kind)) await publisher.requireContinued();
      return jobs.add(kind, data, options);
    },
  };
}

interface WorkPorts {
  readonly custodian: string;
  readonly publisher: Publisher;
  readonly signer: HeadSigner;
  readonly otherHeads: () => readonly HeadSigner[];
  readonly deliveries: Deliveries;
  readonly anchors: ServiceAnchors | undefined;
  readonly reserves: ReserveChains | undefined;
  readonly notifier: Notifier | undefined;
  readonly schedule: RetentionSchedule;
  /** UTC. */
  readonly times: Pick<ReservesServiceSettings, "snapshotSchedule" | "reconciliationSchedule">;
  readonly keys: Pick<ServiceKeys, "reencrypt">;
  readonly log: Log;
  readonly tracing: Tracing | undefined;
}

export async function openWorkers(
  jobs: Jobs,
  stores: Stores,
  ports: Omit<WorkPorts, "log" | "tracing">,
  { lifecycle, log, tracing }: ServiceIo,
): Promise<void> {
  const { deliveries, notifier } = ports;
  await startWorkers(jobs, stores, { ...ports, log: log.child("work"), tracing });
  await lifecycle.start(
    "webhook relay",
    () => deliveries.relay(notifier),
    (relaying) => relaying.stop(),
  );
  const watched = { jobs, notifier, clock: systemClock, scheduler: systemScheduler, log: log.child("jobs") };
  await lifecycle.start(
    "watch of dead jobs",
    () => watchDeadJobs(JOB_KINDS, watched),
    (watching) => watching.stop(),
  );
}

async function startWorkers(jobs: Jobs, stores: Stores, ports: WorkPorts): Promise<void> {
  const { publisher, deliveries, anchors, reserves, notifier, log, tracing = silentTracing } = ports;
  const [clock, scheduler] = [systemClock, systemScheduler];
  const reading = reserves === undefined ? {} : { reserves };
  const anchoring = anchors === undefined ? {} : { anchors };
  const incidents = openIncidents({ ...stores, clock });
  const kick = () => jobs.add("anchor", {});
  const snapshot = takeSnapshot({
    ...stores,
    publisher,
    clock,
    scheduler,
    log,
    kick,
    tracing,
    ...anchoring,
    ...reading,
  });
  await jobs.work(SNAPSHOT_JOB.name, skipDuplicateJob(SNAPSHOT_JOB.name, jobs, snapshot));
  if (reserves !== undefined)
    await jobs.work("attestation", attest({ ...stores, ...ports, reserves, clock }));
  const reconciliation = ({ data }: { data: ReconciliationRequest }) =>
    reconcileAll(data, { ...stores, incidents, clock, ...reading });
  await jobs.work("reconciliation", skipDuplicateJob("reconciliation", jobs, reconciliation));
  await jobs.work("webhook", ({ data }: { data: DeliveryJob }) => deliveries.webhooks.deliver(data));
  if (notifier !== undefined)
    await jobs.work("notification", ({ data }: { data: NotificationJob }) => notifier.dispatch(data));
  await jobs.work("sweep", async () => {
    await stores.nonces.sweep();
    await stores.sessionStore.sweep(clock.nowMs());
    const swept = {
      deliveries: await deliveries.sweep(),
      answers: await stores.idempotency.sweep(clock.nowMs()),
    };
    await publishAuditHead(ports.custodian, { store: stores.audit.store, publisher });
    await publisher.signHead();
    return swept;
  });
  if (anchors !== undefined) {
    await jobs.work("anchor", async ({ signal }) => {
      const openCount = await anchors.advance(signal);
      await publishAnchorEvents({ ...stores, anchors });
      return { openCount };
    });
    await jobs.schedule("anchor", ANCHOR_CRON);
  } else await jobs.unschedule("anchor");
  await jobs.work("rotation", rotateKeys({ ...stores, keys: ports.keys }));
  await jobs.work("retention", retain(ports.schedule, { ...stores, clock }));
  await jobs.schedule("retention", RETENTION_CRON);
  await jobs.work(ERASURE_JOB, async ({ signal }) => ({
    treeCount: await stores.snapshots.forgetErased({ signal }),
  }));
  await jobs.schedule(ERASURE_JOB, ERASURE_CRON);
  await jobs.schedule("sweep", SWEEP_CRON);
  await scheduleAll(jobs, ports.times);
}

async function scheduleAll(jobs: Jobs, times: WorkPorts["times"]): Promise<void> {
  const { snapshotSchedule, reconciliationSchedule } = times;
  const snapshot = { scheme: "sum", blockHeights: {}, isScheduled: true } satisfies SnapshotRequest &
    Scheduled;
  if (snapshotSchedule === "") await jobs.unschedule(SNAPSHOT_JOB.name);
  else await jobs.schedule(SNAPSHOT_JOB.name, snapshotSchedule, snapshot);
  await jobs.schedule("reconciliation", reconciliationSchedule, { isScheduled: true } satisfies Scheduled);
}
