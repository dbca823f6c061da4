import type { Sample, Samples } from "./parseMetrics.ts";

export interface Interval {
  readonly now: Samples;
  readonly before: Samples;
  readonly seconds: number;
}

export type Measure = (interval: Interval) => ReadonlyMap<string, number>;

type Labels = Readonly<Record<string, string>>;

const isOf = (wanted: Labels) => (sample: Sample) =>
  Object.entries(wanted).every(([name, value]) => sample.labels[name] === value);

/** Returns one line per value of the label `by`, or, without `by`, one sum. */
export function gauge(metric: string, { by, name = "", of = {} }: LineOptions = {}): Measure {
  return ({ now }) => summed([...(now.get(metric)?.values() ?? [])].filter(isOf(of)), by, name);
}

interface LineOptions {
  readonly by?: string;
  readonly name?: string;
  readonly of?: Labels;
}

/** Per second. After a counter reset, the new value counts as the increase. */
export function rate(metric: string, options: LineOptions = {}): Measure {
  return (interval) => {
    const grown = increases(interval, metric)
      .filter(isOf(options.of ?? {}))
      .map(({ labels, value }) => ({ labels, value: value / interval.seconds }));
    return summed(grown, options.by, options.name ?? "");
  };
}

export function quantiles(metric: string, shares: readonly number[]): Measure {
  return (interval) => {
    const buckets = new Map<number, number>();
    for (const { labels, value } of increases(interval, `${metric}_bucket`)) {
      const upTo = labels.le === "+Inf" ? Number.POSITIVE_INFINITY : Number(labels.le);
      buckets.set(upTo, (buckets.get(upTo) ?? 0) + value);
    }
    const ordered = [...buckets].sort(([a], [b]) => a - b);
    const total = ordered.at(-1)?.[1] ?? 0;
    if (total === 0) return new Map();
    return new Map(shares.map((share) => [`p${share * 100}`, quantileOf(ordered, share * total)]));
  };
}

export function together(...measures: readonly Measure[]): Measure {
  return (interval) => new Map(measures.flatMap((measure) => [...measure(interval)]));
}

function increases({ now, before }: Interval, metric: string): Sample[] {
  const known = before.get(metric);
  return [...(now.get(metric) ?? [])].map(([key, { labels, value }]) => {
    const was = known?.get(key)?.value ?? 0;
    return { labels, value: value < was ? value : value - was };
  });
}

function summed(
  samples: readonly Sample[],
  by: string | undefined,
  name: string,
): ReadonlyMap<string, number> {
  const lines = new Map<string, number>();
  for (const { labels, value } of samples) {
    const line = by === undefined ? name : (labels[by] ?? "other");
    lines.set(line, (lines.get(line) ?? 0) + value);
  }
  return lines;
}

function quantileOf(buckets: readonly (readonly [upTo: number, count: number])[], rank: number): number {
  let [from, below] = [0, 0];
  for (const [upTo, count] of buckets) {
    if (count >= rank) {
      if (upTo === Number.POSITIVE_INFINITY) return from;
      return count === below ? upTo : from + ((upTo - from) * (rank - below)) / (count - below);
    }
    [from, below] = [upTo, count];
  }
  return from;
}
