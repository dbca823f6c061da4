import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { type Pool, scanAll, type TokenAddress, TokenGraph, UniswapV2Pool } from "@trellis/arbitrage";
import { parseCurves, poolOfCurve } from "@trellis/conformance";
import { keccak256Hex } from "@trellis/crypto";
import { vectorsDirectory } from "@trellis/kit";
import { solveByCones } from "./arbitrage/conicPeer.ts";
import { DETECT_OPTIONS, detectCycles } from "./arbitrage/detectCycles.ts";
import { detectByGraphlib } from "./arbitrage/detectorPeer.ts";
import { createDraws } from "./arbitrage/draws.ts";
import { figuresOf, timeNetwork } from "./arbitrage/networks.ts";
import { scanBlocks } from "./arbitrage/scanBlocks.ts";
import { addressOf, syntheticMarket } from "./arbitrage/syntheticMarket.ts";
import { timed } from "./arbitrage/timing.ts";
import type { Benchmark, BenchmarkOptions } from "./benchmark.ts";

const LARGE = {
  pools: 10_000,
  networks: [100, 1_000, 10_000],
  blocks: 400,
  runs: 9,
  detectorPools: 1_000,
  conePools: [100],
  coneS: 10,
};
const SMALL = {
  pools: 300,
  networks: [30, 100],
  blocks: 5,
  runs: 1,
  detectorPools: 300,
  conePools: [30],
  coneS: 0.5,
};
const BLOCK = { poolsTouched: 50, cyclesSized: 32 };
const QUIET = 0.0015;
const RESTLESS = 0.006;
const SEED = 1;
const ROOT = addressOf(1);
const CURVES = "arbitrage/curves-4155.csv.gz";
const WRAPPED_ETHER = "0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2";

/** The peers are graphlib, which does not return detected cycles, and SCS, a cone solver with floats. */
export const arbitrageBenchmark: Benchmark = {
  name: "arbitrage",
  summary: `scans ${LARGE.pools.toLocaleString("en")} pools for cycles that pay, and finds the best trade over all of them`,
  async run(options) {
    const sizes = options.small ? SMALL : LARGE;
    const market = syntheticMarket(sizes.pools, QUIET, createDraws(SEED));
    const { profits, ...scan } = scanBlocks(
      market,
      { ...BLOCK, blocks: sizes.blocks },
      createDraws(SEED + 1),
    );
    options.log(
      `a block touching ${BLOCK.poolsTouched} of ${sizes.pools} pools: p50 ${ms(scan.scanMs.p50)}, p99 ${ms(scan.scanMs.p99)}`,
    );
    const rebuild = timeRebuild(market, sizes.runs);
    options.log(`all cycles of 2 and 3 swaps over ${sizes.pools} pools: ${ms(rebuild.rebuildMs)}`);
    const networks = timeNetworks(sizes, options);
    const curves = timeCurves(sizes, options);
    const peers = await timePeers(sizes, options);
    return {
      ...scan,
      ...rebuild,
      ...networks.figures,
      pools: sizes.pools,
      poolsTouched: BLOCK.poolsTouched,
      curves: curves?.figures ?? null,
      ...peers,
      resultHash: keccak256Hex(
        Buffer.from([profits, ...networks.results, ...(curves?.results ?? [])].join("\n")),
      ),
    };
  },
};

type Sizes = typeof LARGE;

function timeRebuild(pools: readonly Pool[], runs: number) {
  const rebuilt = timed(runs, () => scanAll(new TokenGraph(pools)));
  const graph = new TokenGraph(pools);
  const scanned = timed(runs, () => scanAll(graph));
  const { examined, found } = rebuilt.result;
  return {
    rebuildMs: rebuilt.ms,
    rebuildCpuMs: rebuilt.cpuMs,
    rebuildScanMs: scanned.ms,
    rebuildExamined: examined,
    rebuildFound: found,
  };
}

function timeNetworks({ networks, runs }: Sizes, { log }: BenchmarkOptions) {
  const [networkMs, networkWarmMs, gap, network]: Record<string, unknown>[] = [{}, {}, {}, {}];
  const results: string[] = [];
  for (const pools of networks) {
    const market = syntheticMarket(pools, RESTLESS, createDraws(SEED + 2));
    const { ms: coldMs, warmMs, solution } = timeNetwork(market, ROOT, runs);
    networkMs![pools] = coldMs;
    networkWarmMs![pools] = warmMs;
    gap![pools] = solution.gap;
    network![pools] = figuresOf(solution);
    results.push([...solution.gains].join());
    log(
      `optimum over ${pools} pools: ${ms(coldMs)}, from prices close by ${ms(warmMs)}, gap ${solution.gap.toExponential(1)}`,
    );
  }
  return { figures: { networkMs, networkWarmMs, gap, network }, results };
}

function timeCurves({ blocks, runs }: Sizes, { small, log }: BenchmarkOptions) {
  const directory = vectorsDirectory(CURVES);
  if (directory === undefined) {
    log(`skipped: no ${CURVES}; set TRELLIS_VECTORS`);
    return undefined;
  }
  const curves = parseCurves(gunzipSync(readFileSync(join(directory, CURVES))).toString("utf8"));
  const all = curves.map(poolOfCurve).filter((pool) => pool !== undefined);
  const pools = small ? all.slice(0, SMALL.pools) : all;
  log(
    `${pools.length} pools of ${CURVES}; ${curves.length - all.length} orders of Carbon, which have no adapter, left out`,
  );
  const { profits, ...scan } = scanBlocks(pools, { ...BLOCK, blocks }, createDraws(SEED + 3));
  const { rebuildMs, rebuildCpuMs, rebuildFound } = timeRebuild(pools, runs);
  const { ms: networkMs, warmMs, solution } = timeNetwork(pools, WRAPPED_ETHER, runs);
  log(
    `curves: block p50 ${ms(scan.scanMs.p50)}, p99 ${ms(scan.scanMs.p99)}; rebuild ${ms(rebuildMs)}; optimum ${ms(networkMs)}`,
  );
  return {
    figures: {
      pools: pools.length,
      ...scan,
      rebuildMs,
      rebuildCpuMs,
      rebuildFound,
      networkMs,
      networkWarmMs: warmMs,
      ...figuresOf(solution),
    },
    results: [profits, [...solution.gains].join()],
  };
}

/** The cone solver supports only constant-product pools. */
async function timePeers({ detectorPools, conePools, coneS, runs }: Sizes, { log }: BenchmarkOptions) {
  const market = syntheticMarket(detectorPools, QUIET, createDraws(SEED));
  const graph = new TokenGraph(market);
  const detector = detectByGraphlib(graph);
  const detectorOurs = timed(runs, () => detectCycles(graph, { ...DETECT_OPTIONS, cyclesMax: 1 }));
  log(`@dagrejs/graphlib says of ${detectorPools} pools whether a cycle pays in ${ms(detector.ms)}`);
  const cones: Record<string, unknown> = {};
  for (const count of conePools) {
    const pairs = syntheticMarket(2 * count, RESTLESS, createDraws(SEED + 2))
      .filter((pool) => pool instanceof UniswapV2Pool)
      .slice(0, count);
    const ours = timeNetwork(pairs, ROOT as TokenAddress, runs);
    const theirs = await solveByCones(pairs, ROOT, coneS);
    cones[count] = {
      ms: theirs.ms,
      iterations: theirs.iterations,
      shortOfBound: (ours.solution.bound - theirs.value) / ours.solution.bound,
      oursMs: ours.ms,
      oursGap: ours.solution.gap,
    };
    log(`scs-solver on ${pairs.length} pools: ${ms(theirs.ms)}; ours ${ms(ours.ms)}`);
  }
  return {
    peers: {
      detector: {
        name: "@dagrejs/graphlib",
        pools: detectorPools,
        ms: detector.ms,
        pays: detector.pays,
        oursMs: detectorOurs.ms,
      },
      cones: { name: "scs-solver", pools: cones },
    },
  };
}

function ms(milliseconds: number): string {
  return `${milliseconds.toFixed(milliseconds < 10 ? 2 : 0)} ms`;
}
