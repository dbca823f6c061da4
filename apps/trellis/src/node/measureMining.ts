import type { Metrics } from "@trellis/base";
import type { CpuMiner, HashCount, PowParameters } from "@trellis/mining";
import { nodeMetrics } from "../metrics.ts";

type Algorithm = PowParameters["algorithm"];

const NOTHING: HashCount = { hashes: 0, searchingMs: 0 };

export function measureMining(
  device: "cpu" | "gpu",
  miner: Pick<CpuMiner, "hashCounts">,
  algorithms: ReadonlySet<Algorithm>,
  metrics: Metrics,
): () => void {
  const hashes = metrics.counter(nodeMetrics.trellis_mining_hashes_total);
  const seconds = metrics.counter(nodeMetrics.trellis_mining_search_seconds_total);
  const counted = new Map<Algorithm, HashCount>();
  const measure = (): void => {
    const counts = miner.hashCounts();
    for (const algorithm of algorithms) {
      const [before, now] = [counted.get(algorithm) ?? NOTHING, counts.get(algorithm) ?? NOTHING];
      hashes.add(now.hashes - before.hashes, { algorithm, device });
      seconds.add((now.searchingMs - before.searchingMs) / 1_000, { algorithm, device });
      counted.set(algorithm, now);
    }
  };
  measure();
  return measure;
}
