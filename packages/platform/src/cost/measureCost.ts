import type { Metrics } from "@trellis/base";
import { platformMetrics } from "../metrics.ts";
import { ratioOf } from "./budgets.ts";
import type { CostForecast } from "./CostForecast.ts";
import type { Micros } from "./money.ts";
import { COST_ITEMS, type Cost } from "./prices.ts";

export interface CostMetrics {
  show(seen: CostForecast, now: { readonly today: Cost; readonly flushedMs: number }): void;
}

const MS_PER_S = 1_000;
const MICROS_PER_UNIT = 1_000_000;

export function measureCost(metrics: Metrics, service: string): CostMetrics {
  const flushed = metrics.gauge(platformMetrics.trellis_cost_written_timestamp_seconds);
  const day = metrics.gauge(platformMetrics.trellis_cost_today_units);
  const month = metrics.gauge(platformMetrics.trellis_cost_month_units);
  const projected = metrics.gauge(platformMetrics.trellis_cost_month_projected_units);
  const budget = metrics.gauge(platformMetrics.trellis_cost_budget_ratio);
  const budgetProjected = metrics.gauge(platformMetrics.trellis_cost_budget_projected_ratio);
  const stored = metrics.gauge(platformMetrics.trellis_cost_stored_bytes);
  const shown = new Set<string>();
  const full = metrics.gauge(platformMetrics.trellis_cost_storage_full_timestamp_seconds);
  return {
    show(seen, { today, flushedMs }) {
      flushed.set(flushedMs / MS_PER_S, { service });
      for (const item of COST_ITEMS) day.set(unitsOf(today[item]), { service, item });
      month.set(unitsOf(seen.spent), { service });
      projected.set(unitsOf(seen.projected), { service });
      const names = new Set(seen.budgets.map((state) => state.budget.name));
      // Otherwise, alerts on a removed budget would never end.
      for (const name of shown.difference(names))
        for (const gauge of [budget, budgetProjected]) gauge.set(0, { service, budget: name });
      for (const state of seen.budgets) {
        const labels = { service, budget: state.budget.name };
        shown.add(state.budget.name);
        budget.set(ratioOf(state.spent, state.budget), labels);
        budgetProjected.set(ratioOf(state.projected, state.budget), labels);
      }
      stored.set(seen.space.storedBytes, { service });
      const { fullAtMs } = seen.storage;
      full.set(fullAtMs === undefined ? Number.POSITIVE_INFINITY : fullAtMs / MS_PER_S, { service });
    },
  };
}

/** Metrics are floating-point numbers; amounts elsewhere are not. */
function unitsOf(micros: Micros): number {
  return Number(micros) / MICROS_PER_UNIT;
}
