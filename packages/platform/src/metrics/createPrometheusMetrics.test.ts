import { describe, expect, it } from "vitest";
import { createPrometheusMetrics } from "./createPrometheusMetrics.ts";

describe("metrics", () => {
  it("have the Prometheus format", async () => {
    const metrics = createPrometheusMetrics({ process: false });
    const blocks = metrics.counter({ name: "trellis_blocks_total", help: "Blocks", labels: ["stream"] });
    blocks.add(2, { stream: "memory" });
    blocks.add(undefined, { stream: "memory" });
    metrics.gauge({ name: "trellis_pool_transactions", help: "Waiting" }).set(5);
    metrics.histogram({ name: "trellis_import_seconds", help: "Import", buckets: [0.1, 1] }).observe(0.5);
    const text = await metrics.render();
    expect(text).toContain('trellis_blocks_total{stream="memory"} 3');
    expect(text).toContain("trellis_pool_transactions 5");
    expect(text).toContain('trellis_import_seconds_bucket{le="0.1"} 0');
    expect(text).toContain('trellis_import_seconds_bucket{le="1"} 1');
    expect(metrics.contentType).toContain("text/plain");
  });

  it("one name gives one metric", async () => {
    const metrics = createPrometheusMetrics({ process: false });
    for (let round = 0; round < 2; round++) metrics.counter({ name: "a_total", help: "A" }).add(1);
    expect(await metrics.render()).toContain("a_total 2");
  });

  it("ARGUMENT_INVALID: another kind, other labels", () => {
    const metrics = createPrometheusMetrics({ process: false });
    metrics.counter({ name: "a_total", help: "A" });
    const facts = expect.objectContaining({ rule: "a metric keeps its kind and labels" });
    const refusal = expect.objectContaining({ code: "ARGUMENT_INVALID", facts });
    expect(() => metrics.gauge({ name: "a_total", help: "A" })).toThrow(refusal);
    expect(() => metrics.counter({ name: "a_total", help: "A", labels: ["x"] })).toThrow(refusal);
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
