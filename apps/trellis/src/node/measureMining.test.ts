import type { HashCount } from "@trellis/mining";
import { createPrometheusMetrics } from "@trellis/platform/metrics";
import { expect, it } from "vitest";
import { measureMining } from "./measureMining.ts";

it("adds up the hashes by algorithm, starting at 0", async () => {
  const counts = new Map<"memory" | "heavy", HashCount>();
  const metrics = createPrometheusMetrics({ process: false });
  const measure = measureMining("cpu", { hashCounts: () => counts }, new Set(["memory"]), metrics);
  const shown = async () => (await metrics.render()).split("\n").filter((line) => /^trellis_/.test(line));
  expect(await shown()).toEqual([
    'trellis_mining_hashes_total{algorithm="memory",device="cpu"} 0',
    'trellis_mining_search_seconds_total{algorithm="memory",device="cpu"} 0',
  ]);
  counts.set("memory", { hashes: 100, searchingMs: 500 });
  measure();
  counts.set("memory", { hashes: 250, searchingMs: 1_500 });
  measure();
  expect(await shown()).toEqual([
    'trellis_mining_hashes_total{algorithm="memory",device="cpu"} 250',
    'trellis_mining_search_seconds_total{algorithm="memory",device="cpu"} 1.5',
  ]);
});
