import { legsOfCycle, type Pool, scanTouched, sizeCycle, TokenGraph } from "@trellis/arbitrage";
import { isTrellisError } from "@trellis/base";
import type { Draws } from "./draws.ts";
import { percentile, startCpuTimer, startTimer } from "./timing.ts";

interface BlocksShape {
  /** A fifth of this number first runs as warm-up. */
  readonly blocks: number;
  readonly poolsTouched: number;
  readonly cyclesSized: number;
}

const TRADE_MAX = 0.01;

/** Each block swaps in some pools, searches for cycles through them, and restores them. */
export function scanBlocks(pools: readonly Pool[], shape: BlocksShape, draws: Draws) {
  const graph = new TokenGraph(pools);
  const warmUp = Math.ceil(shape.blocks / 5);
  const scans: number[] = [];
  const cpuScans: number[] = [];
  const sizings: number[] = [];
  let [examined, found, sized] = [0, 0, 0];
  const profits: string[] = [];
  for (let block = -warmUp; block < shape.blocks; block++) {
    const touched = Array.from({ length: shape.poolsTouched }, () =>
      Math.floor(draws.uniform() * pools.length),
    );
    const changed = touched.map((pool) => traded(pools[pool]!, draws));
    const [scanMs, scanCpuMs] = [startTimer(), startCpuTimer()];
    for (const [at, pool] of touched.entries()) graph.setPool(pool, changed[at]!);
    const scan = scanTouched(graph, touched);
    const [tookMs, tookCpuMs, sizeMs] = [scanMs(), scanCpuMs(), startTimer()];
    const results = scan.cycles
      .slice(0, shape.cyclesSized)
      .map(({ swaps }) => sizeCycle(legsOfCycle(graph, swaps)));
    const sizedMs = sizeMs();
    for (const pool of touched) graph.setPool(pool, pools[pool]!);
    if (block < 0) continue;
    scans.push(tookMs);
    cpuScans.push(tookCpuMs);
    sizings.push(sizedMs);
    examined += scan.examined;
    found += scan.found;
    sized += results.length;
    profits.push(results.map((result) => result?.profit ?? 0n).join());
  }
  const [scanTotal, sizeTotal] = [sum(scans), sum(sizings)];
  return {
    scanMs: { p50: percentile(scans, 0.5), p99: percentile(scans, 0.99) },
    scanCpuMs: { p50: percentile(cpuScans, 0.5), p99: percentile(cpuScans, 0.99) },
    sizeMs: { p50: percentile(sizings, 0.5), p99: percentile(sizings, 0.99) },
    cyclesPerBlock: found / shape.blocks,
    cyclesPerSecond: (1000 * examined) / scanTotal,
    cyclesSizedPerSecond: (1000 * sized) / sizeTotal,
    profits: profits.join("\n"),
  };
}

function traded(pool: Pool, draws: Draws): Pool {
  const [tokenIn, tokenOut] = draws.uniform() < 0.5 ? [0, 1] : [1, 0];
  const share = TRADE_MAX * draws.uniform();
  const [first] = pool.stretches(tokenIn, tokenOut);
  if (first === undefined) return pool;
  const amountIn = BigInt(Math.floor(Math.min(first.reserveIn * share, first.inputMax)));
  return swappedOrNot(() => pool.swapExactInput(tokenIn, tokenOut, amountIn).after) ?? pool;
}

/** Undefined if the swap fails: some published pools are at numeric limits. */
export function swappedOrNot(swap: () => Pool): Pool | undefined {
  try {
    return swap();
  } catch (error) {
    if (isTrellisError(error, "SWAP_WOULD_REVERT")) return undefined;
    throw error;
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
