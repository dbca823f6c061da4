import { daysOfMonth } from "./day.ts";
import type { Micros } from "./money.ts";
import { microsOf } from "./money.ts";
import type { Usage } from "./Usage.ts";

/** Amounts as text, as in the settings. */
export interface Prices {
  /** ISO 4217 */
  readonly currency: string;
  readonly cpuHour: string;
  readonly millionRequests: string;
  /** Both directions. 10^9 bytes. */
  readonly gigabyte: string;
  readonly gigabyteMonth: string;
  /** 10^18 wei. */
  readonly gasToken: string;
}

export const COST_ITEMS = ["cpu", "requests", "transfer", "storage", "gas"] as const;
export type CostItem = (typeof COST_ITEMS)[number];
export type Cost = Readonly<Record<CostItem, Micros>>;

const MICROS_PER_HOUR = 3_600_000_000n;
const MILLION = 1_000_000n;
const GIGABYTE = 1_000_000_000n;
const TOKEN_WEI = 10n ** 18n;

/** Items are rounded down. A day that has begun costs a whole day of storage. [COST-3] */
export function costOf(usage: Usage, prices: Prices, day: string): Cost {
  const bytes = usage.bytesIn + usage.bytesOut;
  return {
    cpu: (usage.cpuMicros * microsOf(prices.cpuHour)) / MICROS_PER_HOUR,
    requests: (usage.requests * microsOf(prices.millionRequests)) / MILLION,
    transfer: (bytes * microsOf(prices.gigabyte)) / GIGABYTE,
    storage: (usage.storedBytes * microsOf(prices.gigabyteMonth)) / (GIGABYTE * BigInt(daysOfMonth(day))),
    gas: (usage.gasWei * microsOf(prices.gasToken)) / TOKEN_WEI,
  };
}

export function totalOf(cost: Cost): Micros {
  return COST_ITEMS.reduce((sum, item) => sum + cost[item], 0n);
}
