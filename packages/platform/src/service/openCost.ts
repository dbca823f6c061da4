import { SerialQueue } from "@trellis/base";
import type { AtRest } from "../atRest/index.ts";
import type { LiveSettings } from "../config/index.ts";
import { type CostRoutePorts, CostWatch, measureCost, openUsageStore, UsageMeter } from "../cost/index.ts";
import type { Database } from "../db/index.ts";
import { repeat } from "../lifecycle/repeat.ts";
import type { Notifier } from "../notify/index.ts";
import { systemClock, systemCpuMicros, systemHost, systemScheduler } from "../system/index.ts";
import { measureSpace } from "./measureSpace.ts";
import type { ServiceIo } from "./ServiceIo.ts";
import type { CostSettings } from "./settings/costSettings.ts";

type Settings = CostSettings & { readonly dataDir: string };

interface CostServicePorts {
  readonly service: string;
  readonly database: Database;
  readonly atRest: AtRest;
  readonly live: Pick<LiveSettings<Settings>, "onReload"> | undefined;
  readonly notifier: Notifier | undefined;
  readonly gasWei: ((fromMs: number, toMs: number) => Promise<bigint>) | undefined;
  /** False if another service of this process counts its processor time. */
  readonly countsCpu?: boolean;
}

export interface ServiceCosts {
  readonly meter: UsageMeter;
  readonly costs: CostRoutePorts["costs"];
}

/** What a killed process loses at most. [COST-4] */
const FLUSH_MS = 10_000;
const LOOK_MS = 60_000;

export async function openCost(
  settings: Settings,
  { service, database, atRest, live, notifier, gasWei, countsCpu = true }: CostServicePorts,
  { lifecycle, log, metrics }: ServiceIo,
): Promise<ServiceCosts> {
  let current = settings;
  live?.onReload(
    async (latest) => () => {
      current = latest;
    },
    "always",
  );
  const meter = new UsageMeter(systemClock);
  const store = await openUsageStore(database, `${service}_cost`, atRest);
  const own = log.child("cost");
  const watch = new CostWatch({
    options: () => ({
      service,
      prices: current.unitPrices,
      budgets: current.budgets,
      thresholds: current.budgetThresholds,
    }),
    meter,
    store,
    cpuMicros: countsCpu ? systemCpuMicros : () => 0,
    space: measureSpace(() => current, { database, host: systemHost, clock: systemClock }),
    gasWei,
    notify: notifier && ((notification) => notifier.notify(notification)),
    metrics: measureCost(metrics, service),
    clock: systemClock,
    log: own,
  });
  await lifecycle.start(
    "usage",
    () => startWatch(watch, (error) => own.warn("cost.failed", { error })),
    (started) => started.stop(),
  );
  return { meter, costs: { service, store, watch } };
}

/** @param failed usage is kept, and written at the next attempt */
function startWatch(watch: CostWatch, failed: (error: Error) => void): { stop(): Promise<void> } {
  const queue = new SerialQueue();
  const run = (step: () => Promise<void>): Promise<void> =>
    queue.run(() => step().catch((error: unknown) => failed(error as Error)));
  const repeated = [
    repeat(systemScheduler, FLUSH_MS, () => run(() => watch.flush())),
    repeat(systemScheduler, LOOK_MS, () => run(() => watch.look())),
  ];
  void run(() => watch.look());
  return {
    async stop() {
      for (const one of repeated) one.stop();
      await run(() => watch.flush());
    },
  };
}
