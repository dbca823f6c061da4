import { decimalText } from "../../../format/units.ts";

export const GROUPINGS = ["service", "tenant", "key"] as const;
export type Grouping = (typeof GROUPINGS)[number];

interface Subject {
  readonly day: string;
  readonly tenant: string | null;
  readonly key: string | null;
}

export interface UsageJson extends Subject {
  readonly requests: string;
  readonly bytesIn: string;
  readonly bytesOut: string;
  readonly cpuMicros: string | null;
  readonly storedBytes: string | null;
  readonly gasWei: string | null;
}

export interface CostJson extends Subject {
  readonly currency: string;
  /** Millionths, like all amounts. */
  readonly total: string;
  readonly items: Readonly<Record<"cpu" | "requests" | "transfer" | "storage" | "gas", string>>;
}

export interface BudgetJson {
  readonly name: string;
  readonly tenant: string | null;
  /** Units of the currency. */
  readonly month: string;
  readonly spent: string;
  readonly projected: string;
}

export interface ForecastJson {
  readonly currency: string;
  readonly spent: string;
  readonly projected: string;
  readonly budgets: readonly BudgetJson[];
  readonly storage: {
    readonly trend: "unknown" | "steady" | "growing";
    readonly storedBytes: number;
    readonly usedBytes: number;
    readonly capacityBytes: number | null;
    readonly bytesPerDay: number | null;
    readonly fullAtMs: number | null;
  };
}

const PLACES = 6;
const PERCENT_PLACES = 4;

export function moneyText(micros: string, currency: string): string {
  return `${decimalText(BigInt(micros), PLACES, 2)} ${currency}`;
}

/** Whole percent, rounded down; undefined for a budget of 0. */
export function percentOf({ month }: Pick<BudgetJson, "month">, micros: string): number | undefined {
  const [whole = "0", part = ""] = month.split(".");
  const limit = BigInt(`${whole}${part.padEnd(PLACES, "0")}`);
  return limit === 0n ? undefined : Number((BigInt(micros) * 100n) / limit);
}

export function hoursText(cpuMicros: string | null): string {
  if (cpuMicros === null) return "–";
  const hours = BigInt(cpuMicros) / 360_000n;
  return `${decimalText(hours, PERCENT_PLACES, 2)} h`;
}

/** Both inclusive, in UTC. */
export function rangeOf(nowMs: number, days: number): string {
  const dayText = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
  return `from=${dayText(nowMs - (days - 1) * 86_400_000)}&to=${dayText(nowMs)}`;
}
