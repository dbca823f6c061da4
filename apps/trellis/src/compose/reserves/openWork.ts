import type { Database } from "@trellis/platform/db";
import { type JobKind, type Jobs, openJobs } from "@trellis/platform/jobs";
import type { DeliveryJob } from "@trellis/platform/notify";
import { systemClock } from "@trellis/platform/system";
import type { ReservesParts } from "@trellis/reserves/api";
import { SNAPSHOT_JOB } from "@trellis/reserves/snapshots";
import type { ServiceIo } from "../../cli/VerbIo.ts";
import { trellisErrors } from "../../errors.ts";
import type { ServiceAnchors } from "./openAnchors.ts";
import type { Deliveries } from "./openDeliveries.ts";
import { openIncidents } from "./openIncidents.ts";
import type { Publisher } from "./openPublisher.ts";
import type { Stores } from "./openStores.ts";
import { reconcileTree } from "./reconcileTree.ts";
import { takeSnapshot } from "./takeSnapshot.ts";

/** After this long without a sign of life a job of a killed process is another's. s */
const ALIVE_S = 10;
/** In UTC. */
const SWEEP_CRON = "*/5 * * * *";
const ANCHOR_CRON = "* * * * *";
const RECONCILIATION_CRON = "7 * * * *";
/** Events are kept for this long. ms */
const EVENTS_KEPT_MS = 30 * 86_400_000;

export function openQueue(database: Database, workers: number, io: ServiceIo): Promise<Jobs> {
  const { lifecycle, log, metrics } = io;
  const kinds: Record<string, JobKind> = {
    [SNAPSHOT_JOB.name]: { ...SNAPSHOT_JOB.kind, aliveS: ALIVE_S },
    reconciliation: { isExclusive: true, aliveS: ALIVE_S },
    webhook: { concurrency: workers, aliveS: ALIVE_S },
    sweep: { isExclusive: true, aliveS: ALIVE_S },
    anchor: { isExclusive: true, aliveS: ALIVE_S },
    // Nobody works on these yet; the API names them.
    attestation: {},
    report: {},
  };
  return lifecycle.start(
    "jobs",
    () =>
      openJobs(
        { kinds, schema: "reserves_jobs", pollS: 0.5, isCaretaker: workers > 0 },
        { database, log: log.child("jobs"), metrics },
      ),
    (jobs) => jobs.close(),
  );
}

/** The queue as the API sees it. */
export function offeredJobs(jobs: Jobs): ReservesParts["jobs"] {
  return {
    ...jobs,
    async add(kind, data, options) {
      if (kind === "attestation" || kind === "report") throw trellisErrors.RESERVES_CHAINS_MISSING({ kind });
      return jobs.add(kind, data, options);
    },
  };
}

/** Runs jobs in this process, and has those that come by the clock added. */
export async function startWorkers(
  jobs: Jobs,
  stores: Stores,
  {
    publisher,
    deliveries,
    anchors,
  }: {
    readonly publisher: Publisher;
    readonly deliveries: Deliveries;
    readonly anchors: ServiceAnchors | undefined;
  },
): Promise<void> {
  const clock = systemClock;
  const anchoring = anchors === undefined ? {} : { anchors };
  const incidents = openIncidents({ ...stores, clock });
  await jobs.work(
    SNAPSHOT_JOB.name,
    takeSnapshot({ ...stores, publisher, clock, kick: () => jobs.add("anchor", {}), ...anchoring }),
  );
  await jobs.work("reconciliation", () => reconcileTree({ ...stores, incidents, clock }));
  await jobs.work("webhook", ({ data }: { data: DeliveryJob }) => deliveries.webhooks.deliver(data));
  await jobs.work("sweep", async () => {
    await publisher.signHead();
    return {
      deliveries: await deliveries.sweep(),
      answers: await stores.idempotency.sweep(clock.nowMs()),
      events: await stores.events.prune(clock.nowMs() - EVENTS_KEPT_MS),
    };
  });
  if (anchors !== undefined) {
    await jobs.work("anchor", async ({ signal }) => ({ openCount: await anchors.advance(signal) }));
    await jobs.schedule("anchor", ANCHOR_CRON);
  } else await jobs.unschedule("anchor");
  await jobs.schedule("sweep", SWEEP_CRON);
  await jobs.schedule("reconciliation", RECONCILIATION_CRON);
}
