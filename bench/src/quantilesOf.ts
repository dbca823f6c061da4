export function quantilesOf(values: readonly number[]): (part: number) => number {
  const sorted = values.toSorted((a, b) => a - b);
  return (part) => sorted[Math.floor((sorted.length - 1) * part)] ?? 0;
}
