import { DAY_MS } from "./day.ts";

export interface StorageSample {
  readonly timeMs: number;
  /** Of the volume, if the service is on one; otherwise of its database. */
  readonly usedBytes: number;
}

export interface StorageForecast {
  /** `unknown`: samples of less than three days, or no capacity. */
  readonly trend: "unknown" | "steady" | "growing";
  readonly bytesPerDay: number | undefined;
  /** Only if it grows. */
  readonly fullAtMs: number | undefined;
}

export const FORECAST_DAYS_MIN = 3;
const UNKNOWN: StorageForecast = { trend: "unknown", bytesPerDay: undefined, fullAtMs: undefined };

/**
 * Theil–Sen: the median slope of all pairs, so that up to 29 % outliers, such as a restore, do not matter.
 * @param samples at most one a day, in any order [COST-6]
 */
export function forecastStorage(
  samples: readonly StorageSample[],
  capacityBytes: number | undefined,
): StorageForecast {
  const sorted = samples.toSorted((a, b) => a.timeMs - b.timeMs);
  const [first, last] = [sorted[0], sorted.at(-1)];
  if (first === undefined || last === undefined || sorted.length < FORECAST_DAYS_MIN) return UNKNOWN;
  const slope = medianOf(slopesOf(sorted));
  if (slope === undefined) return UNKNOWN;
  const bytesPerDay = Math.round(slope * DAY_MS);
  if (bytesPerDay <= 0) return { trend: "steady", bytesPerDay, fullAtMs: undefined };
  if (capacityBytes === undefined) return { ...UNKNOWN, bytesPerDay };
  const leftBytes = Math.max(0, capacityBytes - last.usedBytes);
  return { trend: "growing", bytesPerDay, fullAtMs: last.timeMs + Math.round(leftBytes / slope) };
}

function slopesOf(sorted: readonly StorageSample[]): number[] {
  return sorted.flatMap((later, index) =>
    sorted
      .slice(0, index)
      .filter(({ timeMs }) => timeMs < later.timeMs)
      .map((earlier) => (later.usedBytes - earlier.usedBytes) / (later.timeMs - earlier.timeMs)),
  );
}

function medianOf(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  return low === undefined || high === undefined ? undefined : (low + high) / 2;
}
