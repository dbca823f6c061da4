import type { Sample, Samples } from "./parseMetrics.ts";

/** What was told at two times, one soon after the other. */
export interface Interval {
  readonly now: Samples;
  readonly before: Samples;
  readonly seconds: number;
}

/** Of an interval: values by the name of their line; none where nothing is told of it. */
export type Measure = (interval: Interval) => ReadonlyMap<string, number>;

type Labels = Readonly<Record<string, string>>;

const isOf = (wanted: Labels) => (sample: Sample) =>
  Object.entries(wanted).every(([name, value]) => sample.labels[name] === value);

/** What a gauge shows, one line a label's value, or all as one. */
export function gauge(metric: string, { by, name = "", of = {} }: LineOptions = {}): Measure {
  return ({ now }) => summed([...(now.get(metric)?.values() ?? [])].filter(isOf(of)), by, name);
}

interface LineOptions {
  /** The label whose values are lines. */
  readonly by?: string;
  /** What a single line is called. */
  readonly name?: string;
  readonly of?: Labels;
}

/** How much a counter grows in a second. One that starts again from nothing has grown by what it shows. */
export function rate(metric: string, options: LineOptions = {}): Measure {
  return (interval) => {
    const grown = increases(interval, metric)
      .filter(isOf(options.of ?? {}))
      .map(({ labels, value }) => ({ labels, value: value / interval.seconds }));
    return summed(grown, options.by, options.name ?? "");
  };
}

/** Of what a histogram counted in between, the values below which these shares of it lie; none where it counted none. */
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

/** Several measures as lines of one chart. */
export function together(...measures: readonly Measure[]): Measure {
  return (interval) => new Map(measures.flatMap((measure) => [...measure(interval)]));
}

/** What each sample has more than before. */
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

/** Within a bucket values are taken to lie evenly, as Prometheus does; beyond the last, at its beginning. */
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
