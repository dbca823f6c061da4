import type { Metric } from "@trellis/base";
import type { Finding } from "../finding.ts";
import type { Tree } from "../source/Tree.ts";
import type { MetricTable } from "./readMetricTables.ts";

const NAME = /^trellis(?:_[a-z][a-z0-9]*)+$/;
const LABEL = /^[a-z][a-z_]*$/;
/** Label names with a meaning in Prometheus, and suffixes of histograms. */
const RESERVED_LABELS = new Set(["le", "quantile", "job", "instance"]);
const RESERVED_SUFFIX = /_(?:count|sum|bucket)$/;
/** Other units of time and size than the base units. */
const SCALED = /_(?:ms|milliseconds|minutes|hours|days|kb|kib|mb|mib|gb|gib|percent|mgas|gwei)(?:_|$)/;
const UNIT_SUFFIXES: Readonly<Record<string, string>> = {
  seconds: "_seconds",
  bytes: "_bytes",
  ratio: "_ratio",
  wei: "_wei",
  coins: "_coins",
};

/** Prometheus' rules for names, and that each metric is registered. */
export function checkMetrics(tree: Tree, tables: readonly MetricTable[]): Finding[] {
  const texts = tree.sources.filter(({ isTest }) => !isTest).map(({ text }) => text);
  const used = new Set(texts.flatMap((text) => text.match(/(?<=Metrics\.)\w+/g) ?? []));
  const owners = new Map<string, string>();
  return tables.flatMap(({ owner, file, metrics }) =>
    metrics.flatMap((metric) => {
      const { name } = metric;
      const first = owners.get(name);
      owners.set(name, first ?? owner);
      const faults = formFaults(metric).map((text): [rule: string, text: string] => ["metric-form", text]);
      if (first !== undefined) faults.push(["metric-ambiguous", `is also a metric of ${first}`]);
      if (!used.has(name)) faults.push(["metric-unregistered", "is registered nowhere"]);
      return faults.map(([rule, text]): Finding => ({ file, line: 0, rule, message: `${name} ${text}` }));
    }),
  );
}

function formFaults({ name, type, unit, meaning, labels, buckets }: Metric): string[] {
  const faults: string[] = [];
  const base = name.replace(/_total$/, "");
  const suffix = UNIT_SUFFIXES[unit];
  if (!NAME.test(name)) faults.push("is not written in lower case with underscores");
  if (name.endsWith("_total") !== (type === "counter")) faults.push("must end in _total if it is a counter");
  if (suffix !== undefined && !base.endsWith(suffix) && !base.endsWith(`_total${suffix}`))
    faults.push(`has the unit ${unit} and must end in ${suffix}`);
  if (SCALED.test(name)) faults.push("must have a base unit");
  if (RESERVED_SUFFIX.test(name)) faults.push("ends like a series of a histogram");
  if (unit === "") faults.push("needs a unit");
  if (!/^[A-Z0-9].*\.$/.test(meaning)) faults.push("needs a meaning that is a sentence");
  if (buckets !== undefined && type !== "histogram") faults.push("has buckets, but is no histogram");
  for (const [label, values] of Object.entries(labels)) {
    if (!LABEL.test(label) || RESERVED_LABELS.has(label)) faults.push(`has the invalid label ${label}`);
    if ((typeof values === "number" ? values : values.length) < 1) faults.push(`allows no value of ${label}`);
  }
  return faults;
}
