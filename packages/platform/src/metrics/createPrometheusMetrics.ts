import { baseErrors, type Labels, type MetricOptions, type Metrics } from "@trellis/base";
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";

export interface PrometheusMetrics extends Metrics {
  readonly contentType: string;
  render(): Promise<string>;
  close(): void;
}

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

/** Creating a metric again returns the existing one. @throws ARGUMENT_INVALID if the kind or labels differ */
export function createPrometheusMetrics(options: PrometheusMetricsOptions = {}): PrometheusMetrics {
  const registry = new Registry();
  const shapes = new Map<string, string>();
  if (options.process ?? true) {
    collectDefaultMetrics({ register: registry });
    for (const name of MISNAMED_GAUGES) registry.removeSingleMetric(name);
  }

  function once<T>(kind: string, metric: MetricOptions, create: (configuration: Configuration) => T): T {
    const labelNames = [...(metric.labels ?? [])];
    const shape = `${kind}{${labelNames.join(",")}}`;
    const known = registry.getSingleMetric(metric.name);
    if (known === undefined) {
      shapes.set(metric.name, shape);
      return create({ name: metric.name, help: metric.help, labelNames, registers: [registry] });
    }
    if (shapes.get(metric.name) !== shape) {
      throw baseErrors.ARGUMENT_INVALID({
        rule: "a metric keeps its kind and labels",
        name: metric.name,
        expected: shapes.get(metric.name),
        got: shape,
      });
    }
    return known as T;
  }

  return {
    contentType: registry.contentType,
    render: () => registry.metrics(),
    close: () => registry.clear(),
    counter(metric) {
      const counter = once("counter", metric, (configuration) => new Counter(configuration));
      return { add: (amount = 1, labels: Labels = {}) => counter.inc(labels, amount) };
    },
    gauge(metric) {
      const gauge = once("gauge", metric, (configuration) => new Gauge(configuration));
      return { set: (value, labels: Labels = {}) => gauge.set(labels, value) };
    },
    histogram(metric) {
      const buckets = [...(metric.buckets ?? BUCKETS_SECONDS)];
      const histogram = once("histogram", metric, (plain) => new Histogram({ ...plain, buckets }));
      return { observe: (value, labels: Labels = {}) => histogram.observe(labels, value) };
    },
  };
}

interface Configuration {
  readonly name: string;
  readonly help: string;
  readonly labelNames: string[];
  readonly registers: Registry[];
}
