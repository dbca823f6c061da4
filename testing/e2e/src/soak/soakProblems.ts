/** A measurement of one node. */
export interface SoakSample {
  readonly node: string;
  readonly minute: number;
  readonly height: number;
  readonly memoryBytes: number;
}

/** The second quarter has warm caches; a leak shows in the last. */
const MEMORY_GROWTH_MAX = 1.25;

/** What a long run of a network shows that tests of seconds do not: leaks and stalls. */
export function soakProblems(samples: readonly SoakSample[]): string[] {
  return [...Map.groupBy(samples, ({ node }) => node)].flatMap(([node, own]) => [
    ...stalls(own).map((minute) => `${node}: no new block before minute ${minute}`),
    ...leaks(own).map((growth) => `${node}: memory grew to ${growth.toFixed(2)} times its size`),
  ]);
}

function stalls(samples: readonly SoakSample[]): string[] {
  return samples
    .filter(({ height }, index) => index > 0 && height <= samples[index - 1]!.height)
    .map(({ minute }) => minute.toFixed(1));
}

function leaks(samples: readonly SoakSample[]): number[] {
  const highest = (from: number, to: number): number => {
    const part = samples.slice(Math.floor(samples.length * from), Math.ceil(samples.length * to));
    return Math.max(...part.map(({ memoryBytes }) => memoryBytes));
  };
  const growth = highest(0.75, 1) / highest(0.25, 0.5);
  return growth > MEMORY_GROWTH_MAX ? [growth] : [];
}
