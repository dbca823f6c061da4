import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { SerialQueue } from "@trellis/base";
import type { LiveSettings } from "@trellis/platform/config";
import { createHealth, openServicePort, type ServicePort } from "@trellis/platform/http";
import {
  type JobKind,
  type Jobs,
  type Occurrences,
  occurrencesOf,
  openJobs,
  traceJobs,
} from "@trellis/platform/jobs";
import { measureVolume } from "@trellis/platform/metrics";
import { createDedupeStore, delayQueue, type NotificationJob, type Notifier } from "@trellis/platform/notify";
import {
  addOperations,
  keepMeasuring,
  measureJobs,
  openDatabaseCost,
  openNotifier,
  openTls,
  repeat,
  type ServiceIo,
  watchDatabase,
} from "@trellis/platform/service";
import { hostsOf, namesOf } from "@trellis/platform/service/settings";
import { systemClock, systemHost, systemScheduler } from "@trellis/platform/system";
import type { FastifyInstance } from "fastify";
import { type BackupApiPorts, createBackupApi } from "../api/index.ts";
import { requireDirectory } from "../sources/requireDirectory.ts";
import {
  type BackupWork,
  createMonitor,
  type History,
  type Monitor,
  measureBackups,
  openHistory,
  RETRIES_MAX,
  Runner,
  SCHEDULED_KINDS,
  type ScheduledKind,
} from "../watch/index.ts";
import { type BackupStores, openBackupAccess, openBackupStores } from "./openBackupAccess.ts";
import type { BackupServiceSettings } from "./settings.ts";

export interface BackupWatchPorts {
  readonly live: LiveSettings<BackupServiceSettings>;
  readonly works: readonly BackupWork[];
  readonly addPages: (server: FastifyInstance) => Promise<void>;
}

export interface OpenedBackupWatch {
  readonly port: ServicePort;
  readonly adminKey: string | undefined;
}

const DAY_S = 86_400;
/** Longer than a lock of a repository lives after its process died. */
const RETRY_PAUSE_S = 60;
const RUN_JOB: JobKind = {
  isExclusive: true,
  retriesMax: RETRIES_MAX,
  retryPauseS: RETRY_PAUSE_S,
  timeoutS: DAY_S,
};
const NOTIFICATION = "notification";
const KINDS: Readonly<Record<string, JobKind>> = {
  full: RUN_JOB,
  log: RUN_JOB,
  verify: RUN_JOB,
  [NOTIFICATION]: { retriesMax: 10, retryPauseS: 5, aliveS: 10 },
};
/** Running backups end soon after they are aborted, and must release their lock before the stop deadline. */
const STOP_MS_MAX = 500;
const LOOK_MS = 15_000;
const SWEEP_MS = 3_600_000;
const HISTORY_MS = 90 * DAY_S * 1_000;
/** Own data, below the directory that is backed up. */
const OWN_DIR = "backup";

/** Runs backups on schedule, remembers them and alerts. Opens the HTTP port last. [BACKUP-22] */
export async function openBackupWatch(
  given: BackupServiceSettings,
  { live, works, addPages }: BackupWatchPorts,
  io: ServiceIo,
): Promise<OpenedBackupWatch> {
  requireDirectory(given.dataDir);
  const settings = { ...given, dataDir: join(given.dataDir, OWN_DIR) };
  mkdirSync(settings.dataDir, { recursive: true, mode: 0o700 });
  const { lifecycle, log } = io;
  const stores = await openBackupStores(settings, io);
  const history = await openHistory(stores.database);
  const access = await openBackupAccess(stores, settings, live, io);
  const { jobs, monitor, notifier } = await startRuns(stores, { settings, live, works, history }, io);
  const { meter: usage, costs } = await openDatabaseCost(
    settings,
    { ...stores, service: "backup", live, notifier },
    io,
  );
  const http = { ...access.http, usage };
  const api = createBackupApi(
    apiPortsOf({ access: { ...access, http }, history, jobs, monitor, works, costs }),
    { corsOrigins: settings.corsOrigins },
  );
  const health = createHealth(lifecycle);
  const watch = await lifecycle.start(
    "database watch",
    () => watchDatabase(stores.database, { clock: systemClock, scheduler: systemScheduler }),
    (watching) => watching.stop(),
  );
  health.addCheck("database", watch.check);
  await startSweep(() => Promise.all([access.sweep(), history.sweep(systemClock.nowMs() - HISTORY_MS)]), io);
  const tls = await openTls(settings, { names: namesOf(settings), live }, io);
  const port = await lifecycle.start(
    "port",
    () =>
      openServicePort(
        { ...settings, hosts: hostsOf(settings) },
        {
          log: log.child("http"),
          metrics: io.metrics,
          health,
          tracing: io.tracing,
          guard: access.limits.door,
          tls,
          async addRoutes(server) {
            access.authentication.addRoutes(server);
            await api.addRoutes(server);
            const { audit, limits, keys } = access;
            const operated = { service: "backup", prefix: "/v1", health, http, audit: audit.log };
            await addOperations(server, { ...operated, guard: limits.guard, keys }, io);
            await addPages(server);
          },
        },
      ),
    (opened) => opened.close(),
  );
  return { port, adminKey: access.adminKey };
}

interface RunParts {
  readonly settings: BackupServiceSettings;
  readonly live: LiveSettings<BackupServiceSettings>;
  readonly works: readonly BackupWork[];
  readonly history: History;
}

async function startRuns(
  stores: BackupStores,
  { settings, live, works, history }: RunParts,
  io: ServiceIo,
): Promise<{ readonly jobs: Jobs; readonly monitor: Monitor; readonly notifier: Notifier | undefined }> {
  const { lifecycle, log, metrics } = io;
  const clock = systemClock;
  const measured = measureBackups(metrics);
  for (const { place } of works) {
    if (!place.startsWith("s3://")) measureVolume(place, place, { metrics, host: systemHost, log });
  }
  // Runs end after the jobs have aborted them, and before the database closes.
  const runs = await lifecycle.start(
    "backup runs",
    () => new Set<{ idle(): Promise<void> }>(),
    async (started) => void (await Promise.all([...started].map((one) => one.idle()))),
  );
  const jobs = await openBackupJobs(stores, io);
  const notifier = await openBackupNotifier(settings, jobs, history, io);
  const schedules = schedulesIn(live);
  const monitor = createMonitor({
    repositories: works.map(({ place }) => place),
    history,
    jobs,
    schedules,
    notify: notifier && ((notification) => notifier.notify(notification)),
    metrics: measured,
    clock,
    log: log.child("watch"),
  });
  const runner = new Runner({
    works,
    history,
    jobs,
    dueMs: async (kind) => (await schedules(clock.nowMs()))[kind].lastMs,
    clock,
    log: log.child("runs"),
    counted: measured.counted,
  });
  runs.add(runner);
  const looks = await startLooks(monitor, jobs, io);
  for (const kind of SCHEDULED_KINDS)
    await jobs.work(kind, async (job: Parameters<typeof runner.run>[1]) => {
      try {
        await runner.run(kind, job);
      } finally {
        looks.soon();
      }
    });
  const scheduleAll = async (latest: BackupServiceSettings): Promise<void> => {
    for (const kind of SCHEDULED_KINDS) await jobs.schedule(kind, latest[SETTING_OF[kind]]);
  };
  await scheduleAll(settings);
  live.onReload(async (latest) => {
    await scheduleAll(latest);
    return () => looks.soon();
  });
  return { jobs, monitor, notifier };
}

const SETTING_OF = { full: "fullSchedule", log: "logSchedule", verify: "verifySchedule" } as const;

function schedulesIn(live: LiveSettings<BackupServiceSettings>) {
  return async (nowMs: number): Promise<Readonly<Record<ScheduledKind, Occurrences>>> => {
    const { fullSchedule, logSchedule, verifySchedule } = live.current();
    const [full, log, verify] = await Promise.all(
      [fullSchedule, logSchedule, verifySchedule].map((cron) => occurrencesOf(cron, nowMs)),
    );
    return { full: full!, log: log!, verify: verify! };
  };
}

function openBackupJobs(
  { database, atRest }: BackupStores,
  { lifecycle, log, metrics, tracing }: ServiceIo,
): Promise<Jobs> {
  return lifecycle.start(
    "jobs",
    async () => {
      const options = { kinds: KINDS, schema: "backup_jobs", stopMsMax: STOP_MS_MAX };
      const ports = { database, atRest, log: log.child("jobs"), metrics, scheduler: systemScheduler };
      return traceJobs(await openJobs(options, ports), tracing);
    },
    (opened) => opened.close(),
  );
}

async function openBackupNotifier(
  { notify: file, allowPrivateWebhooks: allowPrivate }: BackupServiceSettings,
  jobs: Jobs,
  { tables }: History,
  io: ServiceIo,
): Promise<Notifier | undefined> {
  const notifier = await openNotifier(
    { file, allowPrivate },
    {
      dedupe: createDedupeStore(tables.db.$pickTables<"told">()),
      queue: delayQueue<NotificationJob>(NOTIFICATION, jobs, systemClock),
      clock: systemClock,
      log: io.log.child("notify"),
      io,
    },
  );
  if (notifier !== undefined)
    await jobs.work(NOTIFICATION, ({ data }: { data: NotificationJob }) => notifier.dispatch(data));
  return notifier;
}

/** Looks at regular intervals and after each run. */
async function startLooks(
  monitor: Monitor,
  jobs: Jobs,
  { lifecycle, log, metrics }: ServiceIo,
): Promise<{ soon(): void }> {
  const own = log.child("watch");
  const queue = new SerialQueue();
  let isStopped = false;
  const look = (): void =>
    void queue.run(async () => {
      if (isStopped) return;
      try {
        await monitor.look();
      } catch (error) {
        own.error("backupWatch.failed", {
          error: error as Error,
          message: "Problems are looked for again at the next interval.",
        });
      }
    });
  const measure = measureJobs(jobs, metrics);
  await lifecycle.start(
    "job figures",
    () => keepMeasuring(measure, (error) => own.warn("jobs.measureFailed", { error }), systemScheduler),
    (measuring) => measuring.stop(),
  );
  await lifecycle.start(
    "backup watch",
    () => {
      look();
      return repeat(systemScheduler, LOOK_MS, look);
    },
    async (looking) => {
      looking.stop();
      isStopped = true;
      await queue.idle();
    },
  );
  return { soon: look };
}

async function startSweep(sweep: () => Promise<unknown>, { lifecycle, log }: ServiceIo): Promise<void> {
  await lifecycle.start(
    "sweep",
    () =>
      repeat(systemScheduler, SWEEP_MS, () => {
        sweep().catch((error: unknown) =>
          log.warn("sweep.failed", { reason: String(error), message: "Old rows stay until the next sweep." }),
        );
      }),
    (sweeping) => sweeping.stop(),
  );
}

function apiPortsOf({
  access: { apiKeys, sessions, audit, http },
  history,
  jobs,
  monitor,
  works,
  costs,
}: Pick<BackupApiPorts, "history" | "jobs" | "works" | "costs"> & {
  readonly access: Awaited<ReturnType<typeof openBackupAccess>>;
  readonly monitor: Monitor;
}): BackupApiPorts {
  return { apiKeys, sessions, audit, http, history, jobs, works, costs, state: () => monitor.state() };
}
