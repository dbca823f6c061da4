/** @returns function from a part (0 to 1) to its quantile; 0 without values */
export function quantilesOf(values: readonly number[]): (part: number) => number {
  const sorted = values.toSorted((a, b) => a - b);
  return (part) => sorted[Math.floor((sorted.length - 1) * part)] ?? 0;
}
