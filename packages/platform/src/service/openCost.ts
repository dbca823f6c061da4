import { SerialQueue } from "@trellis/base";
import type { AtRest } from "../atRest/index.ts";
import type { LiveSettings } from "../config/index.ts";
import {
  type CostRoutePorts,
  CostWatch,
  measureCost,
  openDatabaseUsage,
  type Space,
  UsageMeter,
  type UsageStore,
} from "../cost/index.ts";
import type { Database } from "../db/index.ts";
import { repeat } from "../lifecycle/repeat.ts";
import type { Notifier } from "../notify/index.ts";
import { systemClock, systemCpuMicros, systemHost, systemScheduler } from "../system/index.ts";
import { measureSpace } from "./measureSpace.ts";
import type { ServiceIo } from "./ServiceIo.ts";
import type { CostSettings, UsageSettings } from "./settings/costSettings.ts";

interface CostPorts<Settings> {
  readonly service: string;
  readonly live?: Pick<LiveSettings<Settings>, "current"> | undefined;
  readonly notifier?: Pick<Notifier, "notify"> | undefined;
  readonly gasWei?: ((fromMs: number, toMs: number) => Promise<bigint>) | undefined;
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

export async function openDatabaseCost<Settings extends CostSettings & { readonly dataDir: string }>(
  settings: Settings,
  {
    database,
    atRest,
    ...ports
  }: CostPorts<Settings> & { readonly database: Database; readonly atRest: AtRest },
  io: ServiceIo,
): Promise<ServiceCosts> {
  const store = await openDatabaseUsage(database, `${ports.service}_cost`, atRest);
  const current = () => ports.live?.current() ?? settings;
  const { dataDir } = settings;
  const place = () => ({ dataDir, databaseMax: current().databaseMax });
  const space = measureSpace(place, { database, host: systemHost, clock: systemClock });
  return openCost(settings, { ...ports, store, space }, io);
}

export async function openCost<Settings extends UsageSettings>(
  settings: Settings,
  {
    service,
    store,
    space,
    live,
    notifier,
    gasWei,
    countsCpu = true,
  }: CostPorts<Settings> & {
    readonly store: UsageStore;
    readonly space: () => Promise<Space>;
  },
  { lifecycle, log, metrics }: ServiceIo,
): Promise<ServiceCosts> {
  const current = () => live?.current() ?? settings;
  const meter = new UsageMeter(systemClock);
  const own = log.child("cost");
  const watch = new CostWatch({
    options: () => {
      const { unitPrices: prices, budgets, budgetThresholds: thresholds } = current();
      return { service, prices, budgets, thresholds };
    },
    meter,
    store,
    cpuMicros: countsCpu ? systemCpuMicros : () => 0,
    space,
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
