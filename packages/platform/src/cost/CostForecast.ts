import type { BudgetState } from "./budgets.ts";
import type { StorageForecast } from "./forecastStorage.ts";
import type { Micros } from "./money.ts";
import type { Prices } from "./prices.ts";

export interface Space {
  /** Of the service. */
  readonly storedBytes: number;
  /** Of what can fill up: the volume, or the database. */
  readonly usedBytes: number;
  readonly capacityBytes: number | undefined;
}

export interface CostForecast {
  readonly day: string;
  readonly prices: Prices;
  readonly spent: Micros;
  readonly projected: Micros;
  readonly budgets: readonly BudgetState[];
  readonly space: Space;
  readonly storage: StorageForecast;
}
