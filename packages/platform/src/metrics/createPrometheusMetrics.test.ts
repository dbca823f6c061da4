import { defineMetrics, type MetricEntry } from "@trellis/base";
import { describe, expect, it } from "vitest";
import { createPrometheusMetrics } from "./createPrometheusMetrics.ts";

const counter = { type: "counter", unit: "things", meaning: "Things." } as const satisfies MetricEntry;
const test = defineMetrics({
  trellis_blocks_total: { ...counter, labels: { stream: 2 } },
  trellis_pool_transactions: { type: "gauge", unit: "transactions", meaning: "Waiting." },
  trellis_import_seconds: { type: "histogram", unit: "seconds", meaning: "Import.", buckets: [0.1, 1] },
  trellis_calls_total: { ...counter, labels: { method: 2, outcome: ["ok", "error"] } },
  trellis_keys: { type: "gauge", unit: "keys", meaning: "Keys.", labels: { tenant: 1 } },
});

const seriesOf = (text: string, name: string): string[] =>
  text.split("\n").filter((line) => line.startsWith(name));

describe("metrics", () => {
  it("have the Prometheus format", async () => {
    const metrics = createPrometheusMetrics({ process: false });
    const blocks = metrics.counter(test.trellis_blocks_total);
    blocks.add(2, { stream: "memory" });
    blocks.add(undefined, { stream: "memory" });
    metrics.gauge(test.trellis_pool_transactions).set(5);
    metrics.histogram(test.trellis_import_seconds).observe(0.5);
    const text = await metrics.render();
    expect(text).toContain('trellis_blocks_total{stream="memory"} 3');
    expect(text).toContain("# HELP trellis_pool_transactions Waiting.");
    expect(text).toContain("trellis_pool_transactions 5");
    expect(text).toContain('trellis_import_seconds_bucket{le="0.1"} 0');
    expect(text).toContain('trellis_import_seconds_bucket{le="1"} 1');
    expect(metrics.contentType).toContain("text/plain");
  });

  it("one name gives one metric", async () => {
    const metrics = createPrometheusMetrics({ process: false });
    for (let round = 0; round < 2; round++)
      metrics.counter(test.trellis_blocks_total).add(1, { stream: "a" });
    expect(await metrics.render()).toContain('trellis_blocks_total{stream="a"} 2');
  });

  it("ARGUMENT_INVALID: two definitions of one name", () => {
    const metrics = createPrometheusMetrics({ process: false });
    metrics.counter(test.trellis_blocks_total);
    const other = defineMetrics({ trellis_blocks_total: counter });
    expect(() => metrics.counter(other.trellis_blocks_total)).toThrow(
      expect.objectContaining({ code: "ARGUMENT_INVALID" }),
    );
  });

  it("a metric that no table defines cannot be registered", () => {
    const metrics = createPrometheusMetrics({ process: false });
    const loose = { name: "trellis_loose_total", ...counter, labels: {} };
    // @ts-expect-error: only `defineMetrics` creates metrics
    metrics.counter(loose);
    // @ts-expect-error: a gauge is no counter
    metrics.counter(test.trellis_pool_transactions);
    // @ts-expect-error: the table defines the labels
    expect(() => metrics.counter(test.trellis_blocks_total).add(1, { peer: "a" })).toThrow("peer");
  });

  it("values of a label beyond its bound become `other`", async () => {
    const metrics = createPrometheusMetrics({ process: false });
    const calls = metrics.counter(test.trellis_calls_total);
    for (let caller = 0; caller < 1_000; caller++) calls.add(1, { method: `m${caller}`, outcome: "ok" });
    calls.add(1, { method: "m0", outcome: "a made-up outcome" });
    metrics.gauge(test.trellis_keys).set(1, { tenant: "first" });
    metrics.gauge(test.trellis_keys).set(2, { tenant: "second" });
    const text = await metrics.render();
    expect(seriesOf(text, "trellis_calls_total").toSorted()).toEqual([
      'trellis_calls_total{method="m0",outcome="ok"} 1',
      'trellis_calls_total{method="m0",outcome="other"} 1',
      'trellis_calls_total{method="m1",outcome="ok"} 1',
      'trellis_calls_total{method="other",outcome="ok"} 998',
    ]);
    expect(seriesOf(text, "trellis_keys")).toEqual([
      'trellis_keys{tenant="first"} 1',
      'trellis_keys{tenant="other"} 2',
    ]);
  });

  it("concurrent scrapes share one collection", async () => {
    const metrics = createPrometheusMetrics({ process: false });
    let collections = 0;
    metrics.onScrape(async () => {
      collections++;
      metrics.gauge(test.trellis_pool_transactions).set(collections);
    });
    const [one, other] = await Promise.all([metrics.render(), metrics.render()]);
    expect([one, other].map((text) => seriesOf(text, "trellis_pool")[0])).toEqual(
      Array(2).fill("trellis_pool_transactions 1"),
    );
    expect(await metrics.render()).toContain("trellis_pool_transactions 2");
  });

  it("the process's own metrics exist, and those of several processes do not collide", async () => {
    const metrics = createPrometheusMetrics();
    createPrometheusMetrics().close();
    expect(await metrics.render()).toContain("process_resident_memory_bytes");
    metrics.close();
  });

  it("among process metrics exactly the counters end in _total", async () => {
    const metrics = createPrometheusMetrics();
    const types = [...(await metrics.render()).matchAll(/^# TYPE (\w+) (\w+)$/gm)];
    expect(types.length).toBeGreaterThan(20);
    expect(types.filter(([, name, kind]) => name!.endsWith("_total") !== (kind === "counter"))).toEqual([]);
    metrics.close();
  });
});
