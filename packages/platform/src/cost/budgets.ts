import { dayOfMonth, daysOfMonth } from "./day.ts";
import { type Micros, microsOf } from "./money.ts";

export interface Budget {
  readonly name: string;
  /** Customer id; absent: the whole service. */
  readonly tenant?: string | undefined;
  /** Amount per calendar month (UTC). */
  readonly month: string;
}

export interface BudgetState {
  readonly budget: Budget;
  readonly spent: Micros;
  /** At the end of the month, at the average rate of its days so far. */
  readonly projected: Micros;
}

/** @param day counts as a whole day */
export function projectedOf(spent: Micros, day: string): Micros {
  return (spent * BigInt(daysOfMonth(day))) / BigInt(dayOfMonth(day));
}

/** Reached thresholds in percent, lowest first. [COST-5] */
export function reachedOf({ budget, spent }: BudgetState, thresholds: readonly number[]): number[] {
  const month = microsOf(budget.month);
  return thresholds.filter((percent) => spent * 100n >= month * BigInt(percent)).toSorted((a, b) => a - b);
}

/** For metrics. A budget of 0 is always exceeded. */
export function ratioOf(micros: Micros, { month }: Budget): number {
  const limit = microsOf(month);
  return limit === 0n ? Number.POSITIVE_INFINITY : Number(micros) / Number(limit);
}
