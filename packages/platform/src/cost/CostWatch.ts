import type { Clock, Log } from "@trellis/base";
import type { Notification } from "../notify/Notification.ts";
import { type Budget, type BudgetState, projectedOf, reachedOf } from "./budgets.ts";
import type { CostForecast, Space } from "./CostForecast.ts";
import { DAY_MS, dayAfter, dayOf, monthOf, startOf } from "./day.ts";
import { forecastStorage } from "./forecastStorage.ts";
import type { CostMetrics } from "./measureCost.ts";
import { amountText } from "./money.ts";
import { COST_ITEMS, type Cost, costOf, type Prices, totalOf } from "./prices.ts";
import type { UsageMeter } from "./UsageMeter.ts";
import type { UsageStore } from "./UsageStore.ts";

export interface CostOptions {
  readonly service: string;
  readonly prices: Prices;
  readonly budgets: readonly Budget[];
  /** Percent. */
  readonly thresholds: readonly number[];
}

export interface CostPorts {
  readonly options: () => CostOptions;
  readonly meter: Pick<UsageMeter, "drain" | "restore">;
  readonly store: UsageStore;
  /** Of this process, since its start. */
  readonly cpuMicros: () => number;
  readonly space: () => Promise<Space>;
  /** Paid by the service's own transactions. `toMs` is exclusive. */
  readonly gasWei: ((fromMs: number, toMs: number) => Promise<bigint>) | undefined;
  readonly notify: ((notification: Notification) => Promise<void>) | undefined;
  readonly metrics: Pick<CostMetrics, "show">;
  readonly clock: Clock;
  readonly log: Log;
}

/** Other processes have written the usage of the former day by then. */
const REPORT_AFTER_MS = 300_000;
const REPORTED_DAYS_MAX = 7;
const FORECAST_DAYS = 30;
/** Two years, for comparisons with the same month of the former year. */
export const KEPT_DAYS = 731;
const ROWS_MAX = 1_000_000;

/** What was notified is stored, so that a restart or another process does not repeat it. [COST-5] */
export class CostWatch {
  readonly #ports: CostPorts;
  #cpuMicros: number;
  #sweptDay = "";
  #space: Space = { storedBytes: 0, usedBytes: 0, capacityBytes: undefined };

  constructor(ports: CostPorts) {
    this.#ports = ports;
    this.#cpuMicros = ports.cpuMicros();
  }

  /** Writes counted usage. Usage that could not be written is written next time. Not concurrently. */
  async flush(): Promise<void> {
    const { meter, store, clock, options, cpuMicros, space } = this.#ports;
    this.#space = await space();
    const nowMs = clock.nowMs();
    const cpuNow = cpuMicros();
    const drained = meter.drain();
    const { storedBytes, usedBytes } = this.#space;
    const today = dayOf(nowMs);
    const sample = { day: today, sampledMs: nowMs, prices: options().prices, storedBytes, usedBytes };
    const isCounted = drained.some(({ day }) => day === today);
    const days = isCounted ? drained : [...drained, { day: today, callers: [] }];
    for (const [index, usage] of days.entries()) {
      try {
        await store.add(usage, { ...sample, cpuMicros: cpuNow - this.#cpuMicros });
      } catch (error) {
        meter.restore(days.slice(index));
        throw error;
      }
      if (usage.day === today) this.#cpuMicros = cpuNow;
    }
  }

  /** Flushes, reports the days that ended, notifies of budgets, and updates the metrics. */
  async look(): Promise<void> {
    const { clock, metrics } = this.#ports;
    await this.flush();
    const flushedMs = clock.nowMs();
    const today = dayOf(flushedMs);
    await this.#bookGas(today);
    const seen = await this.forecast();
    metrics.show(seen, { today: await this.#costBetween(today, today), flushedMs });
    await this.#alert(seen);
    await this.#report(today);
    await this.#sweep(today);
  }

  async forecast(): Promise<CostForecast> {
    const { clock, options, store } = this.#ports;
    const { prices } = options();
    const day = dayOf(clock.nowMs());
    const from = `${monthOf(day)}-01`;
    const spent = totalOf(await this.#costBetween(from, day));
    const budgets: BudgetState[] = [];
    for (const budget of options().budgets) {
      const { tenant } = budget;
      const own = tenant === undefined ? spent : totalOf(await this.#costBetween(from, day, tenant));
      budgets.push({ budget, spent: own, projected: projectedOf(own, day) });
    }
    const samples = await store.samples(dayAfter(day, 1 - FORECAST_DAYS), day);
    const storage = forecastStorage(samples, this.#space.capacityBytes);
    return { day, prices, spent, projected: projectedOf(spent, day), budgets, space: this.#space, storage };
  }

  /** Also of the former day: a transaction can be booked after midnight. */
  async #bookGas(today: string): Promise<void> {
    const { gasWei, store } = this.#ports;
    if (gasWei === undefined) return;
    for (const day of [dayAfter(today, -1), today]) {
      const fromMs = startOf(day);
      await store.setGas(day, await gasWei(fromMs, fromMs + DAY_MS));
    }
  }

  async #costBetween(from: string, to: string, tenant?: string): Promise<Cost> {
    const by = tenant === undefined ? "service" : "tenant";
    const rows = await this.#ports.store.read({ from, to, by, tenant, limit: ROWS_MAX });
    return sumOf(rows.map(({ usage, prices, day }) => costOf(usage, prices, day)));
  }

  async #report(today: string): Promise<void> {
    const { clock, store, options, notify, log } = this.#ports;
    if (clock.nowMs() - startOf(today) < REPORT_AFTER_MS) return;
    const days = await store.unreportedDays(dayAfter(today, -REPORTED_DAYS_MAX), dayAfter(today, -1));
    for (const day of days) {
      const { service, prices } = options();
      const cost = await this.#costBetween(day, day);
      await notify?.(reportOf({ service, day, cost, prices }, clock.nowMs()));
      await store.markReported(day);
      log.info("cost.reported", { day, total: amountText(totalOf(cost)), currency: prices.currency });
    }
  }

  async #alert({ day, budgets, prices }: CostForecast): Promise<void> {
    const { clock, store, options, notify, log } = this.#ports;
    const { service, thresholds } = options();
    for (const state of budgets) {
      const { name, month } = state.budget;
      const keyOf = (percent: number): string => `${monthOf(day)} ${name} ${month} ${percent}`;
      const reached = reachedOf(state, thresholds);
      const highest = reached.at(-1);
      if (highest === undefined || (await store.hasReached(keyOf(highest)))) continue;
      const alerted = { service, state, percent: highest, currency: prices.currency };
      await notify?.(budgetAlert(alerted, keyOf(highest), clock.nowMs()));
      await store.markReached(reached.map(keyOf));
      log.warn("cost.budgetReached", { budget: name, percent: highest, spent: amountText(state.spent) });
    }
  }

  async #sweep(today: string): Promise<void> {
    if (this.#sweptDay === today) return;
    await this.#ports.store.sweep(dayAfter(today, -KEPT_DAYS));
    this.#sweptDay = today;
  }
}

function sumOf(costs: readonly Cost[]): Cost {
  const sum = { cpu: 0n, requests: 0n, transfer: 0n, storage: 0n, gas: 0n };
  for (const cost of costs) for (const item of COST_ITEMS) sum[item] += cost[item];
  return sum;
}

function reportOf(
  {
    service,
    day,
    cost,
    prices: { currency },
  }: { readonly service: string; readonly day: string; readonly cost: Cost; readonly prices: Prices },
  timeMs: number,
): Notification {
  const lines = COST_ITEMS.map((item) => `${item}: ${amountText(cost[item])} ${currency}`);
  return {
    kind: "cost.report",
    severity: "info",
    subject: `Cost of ${service} on ${day}: ${amountText(totalOf(cost))} ${currency}`,
    text: lines.join("\n"),
    dedupeKey: `cost.report ${service} ${day}`,
    timeMs,
  };
}

function budgetAlert(
  {
    service,
    state: { budget, spent, projected },
    percent,
    currency,
  }: {
    readonly service: string;
    readonly state: BudgetState;
    readonly percent: number;
    readonly currency: string;
  },
  key: string,
  timeMs: number,
): Notification {
  return {
    kind: "cost.budgetReached",
    severity: percent >= 100 ? "critical" : "warning",
    subject: `Budget ${budget.name} of ${service}: ${percent} % spent`,
    text: `${amountText(spent)} of ${budget.month} ${currency} are spent this month. At this rate, the month costs ${amountText(projected)} ${currency}.`,
    dedupeKey: `cost.budget ${service} ${key}`,
    timeMs,
  };
}
