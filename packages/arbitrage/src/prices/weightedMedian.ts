interface Weighed {
  readonly value: number;
  readonly weight: number;
}

/** Values with less than half the weight cannot move the result outside the others' range. */
export function weightedMedian(items: readonly Weighed[]): number | undefined {
  const sorted = items.filter(({ weight }) => weight > 0).sort((a, b) => a.value - b.value);
  const total = sorted.reduce((sum, { weight }) => sum + weight, 0);
  let below = 0;
  for (const { value, weight } of sorted) {
    below += weight;
    if (2 * below >= total) return value;
  }
  return undefined;
}
