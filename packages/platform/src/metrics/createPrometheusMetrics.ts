import { baseErrors, type Metric, type Metrics } from "@trellis/base";
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import { boundLabels } from "./boundLabels.ts";

export interface PrometheusMetrics extends Metrics {
  readonly contentType: string;
  /** `collect` sets values just before each scrape, and must not throw. */
  onScrape(collect: () => void | Promise<void>): void;
  render(): Promise<string>;
  close(): void;
}

/** The smallest lag shown. At the default of 10 ms, each idle process would use 0.006 of a core. */
const LOOP_SAMPLE_MS = 50;
const BUCKETS_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** prom-client adds the counter suffix `_total` to these gauges. */
const MISNAMED_GAUGES = [
  "nodejs_active_handles_total",
  "nodejs_active_requests_total",
  "nodejs_active_resources_total",
];

export interface PrometheusMetricsOptions {
  readonly process?: boolean;
}

/** Creating a metric again returns the existing one. @throws ARGUMENT_INVALID if the definition differs */
export function createPrometheusMetrics(options: PrometheusMetricsOptions = {}): PrometheusMetrics {
  const registry = new Registry();
  const created = new Map<string, { readonly metric: Metric; readonly meter: unknown }>();
  const collectors: (() => void | Promise<void>)[] = [];
  if (options.process ?? true) {
    collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: LOOP_SAMPLE_MS });
    for (const name of MISNAMED_GAUGES) registry.removeSingleMetric(name);
  }

  function once<Meter>(metric: Metric, create: (configuration: Configuration) => Meter): Meter {
    const { name, meaning: help, labels } = metric;
    const known = created.get(name);
    if (known?.metric === metric) return known.meter as Meter;
    if (known !== undefined) throw baseErrors.ARGUMENT_INVALID({ rule: "a metric is defined once", name });
    const meter = create({ name, help, labelNames: Object.keys(labels), registers: [registry] });
    created.set(name, { metric, meter });
    return meter;
  }

  let collecting: Promise<unknown> | undefined;
  /** Concurrent scrapes share a collection, so that a stuck disk does not pile up calls. */
  const collect = (): Promise<unknown> => {
    collecting ??= Promise.all(collectors.map((one) => one())).finally(() => {
      collecting = undefined;
    });
    return collecting;
  };

  return {
    contentType: registry.contentType,
    onScrape: (collector) => void collectors.push(collector),
    async render() {
      await collect();
      return registry.metrics();
    },
    close: () => registry.clear(),
    counter: (metric) =>
      once(metric, (configuration) => {
        const counter = new Counter(configuration);
        const bound = boundLabels(metric.labels);
        return { add: (amount = 1, labels) => counter.inc(bound(labels), amount) };
      }),
    gauge: (metric) =>
      once(metric, (configuration) => {
        const gauge = new Gauge(configuration);
        const bound = boundLabels(metric.labels);
        return { set: (value, labels) => gauge.set(bound(labels), value) };
      }),
    histogram: (metric) =>
      once(metric, (configuration) => {
        const buckets = [...(metric.buckets ?? BUCKETS_SECONDS)];
        const histogram = new Histogram({ ...configuration, buckets });
        const bound = boundLabels(metric.labels);
        return { observe: (value, labels) => histogram.observe(bound(labels), value) };
      }),
  };
}

interface Configuration {
  readonly name: string;
  readonly help: string;
  readonly labelNames: string[];
  readonly registers: Registry[];
}
