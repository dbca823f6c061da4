import { defineMetrics } from "@trellis/base";
import { createPrometheusMetrics } from "@trellis/platform/metrics";
import { expect, it } from "vitest";
import { mergeMetrics } from "./mergeMetrics.ts";

const info = (labels: string): string => `# HELP info Facts.\n# TYPE info gauge\ninfo{${labels}} 1\n`;

const metrics = defineMetrics({
  trellis_test_total: { type: "counter", unit: "tests", meaning: "Tests.", labels: { kind: 2 } },
  trellis_test_height: { type: "gauge", unit: "blocks", meaning: "Height." },
  trellis_test_own: { type: "gauge", unit: "blocks", meaning: "Only of shard 0." },
});

async function documentOf(count: number, kind: string, hasOwn = false): Promise<string> {
  const registry = createPrometheusMetrics({ process: false });
  registry.counter(metrics.trellis_test_total).add(count, { kind });
  registry.gauge(metrics.trellis_test_height).set(count);
  if (hasOwn) registry.gauge(metrics.trellis_test_own).set(1);
  return registry.render();
}

it("merges families, and labels the samples of shards", async () => {
  const documents = new Map([
    [0, await documentOf(1, 'a}" b', true)],
    [2, await documentOf(3, "c")],
  ]);
  const lines = mergeMetrics(documents)
    .split("\n")
    .filter((line) => line !== "");
  expect(lines).toEqual([
    "# HELP trellis_test_total Tests.",
    "# TYPE trellis_test_total counter",
    'trellis_test_total{kind="a}\\" b",shard="0"} 1',
    'trellis_test_total{kind="c",shard="2"} 3',
    "# HELP trellis_test_height Height.",
    "# TYPE trellis_test_height gauge",
    'trellis_test_height{shard="0"} 1',
    'trellis_test_height{shard="2"} 3',
    "# HELP trellis_test_own Only of shard 0.",
    "# TYPE trellis_test_own gauge",
    "trellis_test_own 1",
  ]);
});

it("keeps a sample's own label, and no other whose name ends like it", () => {
  const merged = mergeMetrics(
    new Map([
      [0, info('a="b",shard="0"')],
      [1, info('shard="1"')],
      [2, info('other_shard="1"')],
    ]),
  );
  expect(merged.split("\n").filter((line) => line.startsWith("info"))).toEqual([
    'info{a="b",shard="0"} 1',
    'info{shard="1"} 1',
    'info{other_shard="1",shard="2"} 1',
  ]);
});
