/** A measurement of one node. */
export interface SoakSample {
  readonly node: string;
  readonly minute: number;
  readonly height: number;
  readonly memoryBytes: number;
  /** Of the event loop in the last seconds, on an idle machine. */
  readonly lagP99Ms: number;
  /** Of the load, since its start. */
  readonly answers: number;
  readonly errors: number;
}

/** The second quarter has warm caches; a leak shows in the last. */
const MEMORY_GROWTH_MAX = 1.25;
/** 450 MB, two caches of 32 MiB in the chain and two of 128 MiB (mempool, relay), and free pages of the heaps. */
const MEMORY_BYTES_MAX = 1.25e9;
/** Of the samples' median, because single ones vary with other processes. */
const LAG_P99_MS_MAX = 500;
const ERROR_RATE_MAX = 0.001;

/** What a long run of a network shows that tests of seconds do not: leaks, stalls, lag and errors. */
export function soakProblems(samples: readonly SoakSample[]): string[] {
  return [...Map.groupBy(samples, ({ node }) => node)].flatMap(([node, own]) => [
    ...stalls(own).map((minute) => `${node}: no new block before minute ${minute}`),
    ...leaks(own).map((growth) => `${node}: memory grew to ${growth.toFixed(2)} times its size`),
    ...excesses(own).map((bytes) => `${node}: ${(bytes / 1e6).toFixed(0)} MB of memory`),
    ...lags(own).map((lagMs) => `${node}: event loop lag of ${lagMs.toFixed(0)} ms`),
    ...failures(own).map(({ answers, errors }) => `${node}: ${errors} of ${answers} requests failed`),
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

function excesses(samples: readonly SoakSample[]): number[] {
  const most = Math.max(...samples.map(({ memoryBytes }) => memoryBytes));
  return most > MEMORY_BYTES_MAX ? [most] : [];
}

function lags(samples: readonly SoakSample[]): number[] {
  const sorted = samples.map(({ lagP99Ms }) => lagP99Ms).sort((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)]!;
  return median > LAG_P99_MS_MAX ? [median] : [];
}

/** A load without answers is a failure, too. */
function failures(samples: readonly SoakSample[]): SoakSample[] {
  const last = samples.at(-1)!;
  return last.answers === 0 || last.errors > ERROR_RATE_MAX * last.answers ? [last] : [];
}
