import { Dag } from "@trellis/chain";
import { keccak256Hex } from "@trellis/crypto";
import { dagGraph, type GraphBlock } from "@trellis/kit";
import { ghostdagK, type Hash } from "@trellis/protocol";
import type { Benchmark } from "./benchmark.ts";

const BLOCKS = 100_000;
const BLOCKS_SMALL = 2_000;
const BLOCKS_PER_SECOND = 10;
const RUNS = 3;

const LIMITS = {
  ghostdagK: ghostdagK(BLOCKS_PER_SECOND),
  parentsMax: 16,
  mergesetMax: 248,
  mergeDepth: 36_000,
  finalityDepth: 432_000,
  pruningDepth: 1_080_000,
};

export const dagBenchmark: Benchmark = {
  name: "dag",
  summary: `colours ${BLOCKS.toLocaleString("en")} blocks of a graph of ${BLOCKS_PER_SECOND} blocks a second`,
  async run({ small, log }) {
    const graph = dagGraph({
      blocks: small ? BLOCKS_SMALL : BLOCKS,
      blocksPerSecond: BLOCKS_PER_SECOND,
      // Kaspa's delay bound is 5 s.
      delayMsMin: 1_000,
      delayMsMax: 5_000,
      parentsMax: LIMITS.parentsMax,
      seed: 1,
    });
    const runs: Run[] = [];
    for (let run = 0; run < (small ? 1 : RUNS); run++) {
      const result = colour(graph);
      log(`run ${run + 1}: ${Math.round(result.blocksPerSecond).toLocaleString("en")} blocks a second`);
      runs.push(result);
    }
    const median = runs.toSorted((a, b) => a.blocksPerSecond - b.blocksPerSecond)[runs.length >> 1]!;
    return { ...median, blocks: graph.length, k: LIMITS.ghostdagK, ...shapeOf(graph) };
  },
};

interface Run {
  readonly blocksPerSecond: number;
  readonly mergesetMean: number;
  readonly mergesetMax: number;
  readonly reds: number;
  readonly bytesPerBlock: number;
  readonly windowBytes: number;
  readonly labelsMovedPerBlock: number;
  readonly resultHash: Hash;
}

function colour(graph: readonly GraphBlock[]): Run {
  const hashes = graph.map((_, index) => keccak256Hex(Buffer.from(`block ${index}`)));
  const dag = new Dag({ limits: LIMITS, streamCount: 1 });
  const factsOf = (index: number) => ({
    hash: hashes[index]!,
    work: 1_000_000n,
    timestampMs: graph[index]!.atMs,
    stream: 0,
    daaCounts: [index],
    bitsOfStreams: [0x1e7fffff],
  });
  dag.insertGenesis(factsOf(0));
  const lines: string[] = [];
  let merged = 0;
  let mergesetMax = 0;
  let reds = 0;
  const startMs = performance.now();
  for (let index = 1; index < graph.length; index++) {
    const row = dag.ghostdag(graph[index]!.parents.map((parent) => hashes[parent]!));
    dag.verify(row);
    dag.insert(factsOf(index), row);
    const size = row.mergeset.length + 1;
    merged += size;
    reds += size - row.blueCount;
    mergesetMax = Math.max(mergesetMax, size);
    lines.push(`${row.selectedParent} ${row.blueScore} ${row.mergeset.join()}`);
  }
  const seconds = (performance.now() - startMs) / 1000;
  const { table, reachability, windows } = dag.bytes;
  return {
    blocksPerSecond: (graph.length - 1) / seconds,
    mergesetMean: merged / (graph.length - 1),
    mergesetMax,
    reds,
    bytesPerBlock: (table + reachability) / graph.length,
    windowBytes: windows,
    labelsMovedPerBlock: dag.labelsMoved / graph.length,
    resultHash: keccak256Hex(Buffer.from(lines.join("\n"))),
  };
}

function shapeOf(graph: readonly GraphBlock[]) {
  const parents = graph.reduce((sum, block) => sum + block.parents.length, 0);
  return { parentsMean: parents / graph.length };
}
