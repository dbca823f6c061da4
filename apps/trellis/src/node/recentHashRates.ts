import type { CpuMiner, HashCount, PowParameters } from "@trellis/mining";

type Algorithm = PowParameters["algorithm"];

const NOTHING: HashCount = { hashes: 0, searchingMs: 0 };
/** Several, because hashes count at the end of a search. */
const SAMPLES = 12;

/** Hashes per second of searching, over the newest samples. */
export function recentHashRates(miner: Pick<CpuMiner, "hashCounts">) {
  const samples: ReadonlyMap<Algorithm, HashCount>[] = [];
  return {
    sample(): void {
      samples.push(new Map(miner.hashCounts()));
      if (samples.length > SAMPLES) samples.shift();
    },
    rate(algorithm: Algorithm): number {
      const now = miner.hashCounts().get(algorithm) ?? NOTHING;
      const before = samples[0]?.get(algorithm) ?? NOTHING;
      const searchedMs = now.searchingMs - before.searchingMs;
      return searchedMs === 0 ? 0 : ((now.hashes - before.hashes) * 1_000) / searchedMs;
    },
  };
}
