import { type TokenAddress, TokenGraph, type UniswapV2Pool } from "@trellis/arbitrage";
import createScs from "scs-solver";
import { startTimer } from "./timing.ts";

/** Solver tolerance, relative to the value of a typical pool. */
const PRECISION = 1e-7;
/** Base units of the root token per unit of value. */
const UNIT = 2e19;

/**
 * Cone program for SCS (O'Donoghue et al.). Variables are amounts per pool, as shares of the reserves. New
 * reserves satisfy √(u·v) ≥ 1, a second-order cone. Net amounts are at least 0; that of token 0 is maximised.
 * @returns base units of token 0, before rounding
 */
export async function solveByCones(
  pools: readonly UniswapV2Pool[],
  rootToken: TokenAddress,
  timeMaxS: number,
) {
  const graph = new TokenGraph(pools);
  const root = graph.tokenIds.get(rootToken) ?? 0;
  const scs = await createScs();
  const settings = new scs.ScsSettings();
  scs.setDefaultSettings(settings);
  Object.assign(settings, {
    epsAbs: PRECISION,
    epsRel: PRECISION,
    maxIters: 1e6,
    timeLimitSecs: timeMaxS,
    verbose: 0,
  });
  const { data, cone } = program(graph, pools, root);
  const elapsedMs = startTimer();
  const { info } = scs.solve(data, cone, settings);
  return { ms: elapsedMs(), value: -info.pobj * UNIT, iterations: info.iter };
}

/** Columns: amounts by pool. Rows: tokens, signs and cones. */
function program(graph: TokenGraph, pools: readonly UniswapV2Pool[], root: number) {
  const tokenCount = graph.tokens.length;
  const columns = 4 * pools.length;
  const firstCone = tokenCount + columns;
  const [values, rows, starts, costs]: number[][] = [[], [], [0], []];
  for (const [index, { tokens, reserves, fee }] of pools.entries()) {
    const kept = 1 - Number(fee.numerator) / Number(fee.denominator);
    const cone = firstCone + 3 * index;
    for (const place of [0, 1] as const) {
      const token = graph.tokenIds.get(tokens[place]) ?? 0;
      const price = Math.exp(graph.logPrices[token]! - graph.logPrices[root]!);
      const worth = (Number(reserves[place]) * price) / UNIT;
      const side = place === 0 ? 1 : -1;
      for (const [gain, change] of [
        [-worth, kept],
        [worth, -1],
      ] as const) {
        // Rows are b − A·x.
        values!.push(-gain, -1, -change, -side * change);
        rows!.push(token, tokenCount + starts!.length - 1, cone, cone + 1);
        starts!.push(values!.length);
        costs!.push(token === root ? -gain : 0);
      }
    }
  }
  const m = firstCone + 3 * pools.length;
  const b = new Array<number>(m).fill(0);
  for (let at = firstCone; at < m; at += 3) {
    b[at] = 2;
    b[at + 2] = 2;
  }
  const data = { m, n: columns, A_x: values!, A_i: rows!, A_p: starts!, b, c: costs! };
  const cone = { z: 0, l: firstCone, q: new Array<number>(pools.length).fill(3), qsize: pools.length };
  return { data, cone };
}
