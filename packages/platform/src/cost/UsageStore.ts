import type { StorageSample } from "./forecastStorage.ts";
import type { Prices } from "./prices.ts";
import type { Usage } from "./Usage.ts";
import type { DayUsage } from "./UsageMeter.ts";

/** Of a whole service. Processor time is added, the others replace the former. */
export interface ServiceSample {
  readonly day: string;
  readonly cpuMicros: number;
  readonly storedBytes: number;
  readonly usedBytes: number;
  readonly sampledMs: number;
  readonly prices: Prices;
}

export const GROUPINGS = ["service", "tenant", "key"] as const;
export type Grouping = (typeof GROUPINGS)[number];

export interface UsageRow {
  readonly day: string;
  /** Undefined: callers without a customer, or `by` service. */
  readonly tenant: string | undefined;
  readonly key: string | undefined;
  readonly usage: Usage;
  /** Those of the day. */
  readonly prices: Prices;
  /** Order of rows. */
  readonly position: string;
}

export interface UsageQuery {
  /** Both inclusive. */
  readonly from: string;
  readonly to: string;
  readonly by: Grouping;
  readonly tenant?: string | undefined;
  readonly after?: string | undefined;
  readonly limit: number;
}

export interface UsageStore {
  /**
   * Adds to the usage of the day, also what other processes have written, or nothing. The sample counts on
   * its own day; another day, such as the former after midnight, starts with its prices and space.
   */
  add(usage: DayUsage, sample: ServiceSample): Promise<void>;
  /** Ignored for a day without a sample. */
  setGas(day: string, wei: bigint): Promise<void>;
  read(query: UsageQuery): Promise<UsageRow[]>;
  /** Newest per day. */
  samples(from: string, to: string): Promise<StorageSample[]>;
  unreportedDays(from: string, to: string): Promise<string[]>;
  markReported(day: string): Promise<void>;
  hasReached(key: string): Promise<boolean>;
  /** @param keys begin with their month */
  markReached(keys: readonly string[]): Promise<void>;
  /** Tenants without usage are removed too. @param day exclusive */
  sweep(beforeDay: string): Promise<void>;
}
