import type { LabelValues, Metric } from "@trellis/base";
import type { MetricTable } from "./readMetricTables.ts";

const HEAD = `# Metrics

Every service exports its metrics for Prometheus at \`/metrics\`, with the \`process_\` and \`nodejs_\` metrics of
[prom-client](https://github.com/siimon/prom-client). Braces list the labels of a metric, with their values or their
maximum number; values beyond it become \`other\`. Counters start at 0 when the process starts. Timestamps are in
seconds since 1970. A flag is 1 or 0.

\`npm run check -- --write\` generates this file from the tables of the packages.`;

export function metricsDocument(tables: readonly MetricTable[]): string {
  const sections = tables.map(({ owner, metrics }) =>
    [`## ${owner.replace("@trellis/", "")}`, ...metrics.map(paragraph)].join("\n\n"),
  );
  return [HEAD, ...sections].join("\n\n");
}

function paragraph({ name, type, unit, meaning, labels }: Metric): string {
  const shown = Object.entries(labels).map(([label, values]) => `${label}: ${valuesOf(values)}`);
  const braces = shown.length === 0 ? "" : ` {${shown.join("; ")}}`;
  return `**${name}**${braces} (${type}, ${unit}): ${meaning}`;
}

function valuesOf(values: LabelValues): string {
  return typeof values === "number" ? `at most ${values}` : values.join(", ");
}
