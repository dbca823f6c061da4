import type { Metrics } from "@trellis/base";
import type { CpuMiner, HashCount, PowParameters } from "@trellis/mining";

type Algorithm = PowParameters["algorithm"];

const NOTHING: HashCount = { hashes: 0, searchingMs: 0 };

export function measureMining(
  miner: Pick<CpuMiner, "hashCounts">,
  algorithms: ReadonlySet<Algorithm>,
  metrics: Metrics,
): () => void {
  const hashes = metrics.counter({
    name: "trellis_mining_hashes_total",
    help: "Hashes that this node's miner has tried, counted when a search ends; their rate is its hash rate.",
    labels: ["algorithm"],
  });
  const seconds = metrics.counter({
    name: "trellis_mining_search_seconds_total",
    help: "Time that this node's miner has searched.",
    labels: ["algorithm"],
  });
  const counted = new Map<Algorithm, HashCount>();
  const measure = (): void => {
    const counts = miner.hashCounts();
    for (const algorithm of algorithms) {
      const [before, now] = [counted.get(algorithm) ?? NOTHING, counts.get(algorithm) ?? NOTHING];
      hashes.add(now.hashes - before.hashes, { algorithm });
      seconds.add((now.searchingMs - before.searchingMs) / 1_000, { algorithm });
      counted.set(algorithm, now);
    }
  };
  measure();
  return measure;
}
