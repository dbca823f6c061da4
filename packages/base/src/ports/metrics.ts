export type Labels<Label extends string = string> = Readonly<Record<Label, string>>;

export interface Counter<Label extends string = string> {
  add(amount?: number, labels?: Labels<Label>): void;
}

export interface Gauge<Label extends string = string> {
  set(value: number, labels?: Labels<Label>): void;
}

export interface Histogram<Label extends string = string> {
  observe(value: number, labels?: Labels<Label>): void;
}

export type MetricType = "counter" | "gauge" | "histogram";

/** All values of a label, or their maximum number. Further values become `other`. */
export type LabelValues = readonly string[] | number;

export interface MetricEntry {
  readonly type: MetricType;
  /** Base unit in the plural, such as seconds or blocks; `flag` for 0 or 1. */
  readonly unit: string;
  /** A sentence. */
  readonly meaning: string;
  readonly labels?: Readonly<Record<string, LabelValues>>;
  /** Upper bounds of a histogram. */
  readonly buckets?: readonly number[];
}

declare const isDefined: unique symbol;

/** Only `defineMetrics` creates metrics, so that the catalogue is complete. */
export interface Metric<Type extends MetricType = MetricType, Label extends string = string> {
  readonly name: string;
  readonly type: Type;
  readonly unit: string;
  readonly meaning: string;
  readonly labels: Readonly<Record<Label, LabelValues>>;
  readonly buckets?: readonly number[];
  readonly [isDefined]: true;
}

type DefinedMetrics<Table extends Record<string, MetricEntry>> = {
  readonly [Name in keyof Table & string]: Metric<Table[Name]["type"], LabelOf<Table[Name]>>;
};

type LabelOf<Entry> = Entry extends { readonly labels: infer Values } ? keyof Values & string : never;

/** The keys are the names. */
export function defineMetrics<const Table extends Record<string, MetricEntry>>(
  table: Table,
): DefinedMetrics<Table> {
  const metrics = Object.entries(table).map(([name, entry]) => [name, { labels: {}, ...entry, name }]);
  return Object.fromEntries(metrics);
}

export interface Metrics {
  counter<Label extends string>(metric: Metric<"counter", Label>): Counter<Label>;
  gauge<Label extends string>(metric: Metric<"gauge", Label>): Gauge<Label>;
  histogram<Label extends string>(metric: Metric<"histogram", Label>): Histogram<Label>;
}

export const silentMetrics: Metrics = {
  counter: () => ({ add() {} }),
  gauge: () => ({ set() {} }),
  histogram: () => ({ observe() {} }),
};
