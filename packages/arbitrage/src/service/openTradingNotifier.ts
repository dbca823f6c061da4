import type { AtRest } from "@trellis/platform/atRest";
import type { Database, SchemaStep } from "@trellis/platform/db";
import { type JobKind, openJobs, traceJobs } from "@trellis/platform/jobs";
import {
  createDedupeStore,
  type DedupeTables,
  dedupeTable,
  delayQueue,
  type NotificationJob,
  type Notifier,
} from "@trellis/platform/notify";
import { openNotifier, type ServiceIo } from "@trellis/platform/service";
import { systemClock, systemScheduler } from "@trellis/platform/system";
import type { ArbitrageServiceSettings } from "./settings/index.ts";

const KIND = "notification";
const JOB: JobKind = { retriesMax: 10, retryPauseS: 5, aliveS: 10 };
const POLL_S = 1;
const DEDUPE_STEPS: readonly SchemaStep[] = [{ name: "notify-001-told", sql: dedupeTable }];

export async function openTradingNotifier(
  { database, atRest }: { readonly database: Database; readonly atRest?: AtRest },
  { notify, allowPrivateWebhooks }: Pick<ArbitrageServiceSettings, "notify" | "allowPrivateWebhooks">,
  io: ServiceIo,
): Promise<Notifier | undefined> {
  if (notify === "") return undefined;
  const { lifecycle, log, metrics, tracing } = io;
  const jobs = await lifecycle.start(
    "jobs",
    async () => {
      const options = { kinds: { [KIND]: JOB }, schema: "arbitrage_jobs", pollS: POLL_S };
      const ports = { database, atRest, log: log.child("jobs"), metrics, scheduler: systemScheduler };
      return traceJobs(await openJobs(options, ports), tracing);
    },
    (opened) => opened.close(),
  );
  const { db } = await database.openSchema<DedupeTables>("arbitrage_notify", DEDUPE_STEPS);
  const notifier = await openNotifier(
    { file: notify, allowPrivate: allowPrivateWebhooks },
    {
      dedupe: createDedupeStore(db),
      queue: delayQueue<NotificationJob>(KIND, jobs, systemClock),
      clock: systemClock,
      log: log.child("notify"),
      io,
    },
  );
  if (notifier !== undefined)
    await jobs.work(KIND, ({ data }: { data: NotificationJob }) => notifier.dispatch(data));
  return notifier;
}
