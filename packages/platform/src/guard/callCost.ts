/** One cost unit is a read from memory. [GUARD-4] */
export const UNITS_PER_MS = 20;
export const GAS_PER_UNIT = 15_000;

/** Not charged, because clocks measure whole milliseconds. */
const UNCOUNTED_MS = 1;

export function settledCost(workMs: number, gasUsed: number): number {
  return Math.max(1, Math.ceil((workMs - UNCOUNTED_MS) * UNITS_PER_MS), Math.ceil(gasUsed / GAS_PER_UNIT));
}
