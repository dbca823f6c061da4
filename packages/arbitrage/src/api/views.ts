import type { Route } from "@trellis/contracts/arbitrage";
import type { z } from "zod";
import type { TradeReport, TrialReport } from "../engine/index.ts";
import {
  type AssetResult,
  type DecisionRecord,
  gasWeiOf,
  type Movement,
  type OpportunityHistory,
  type ScanRecord,
} from "../ledger/index.ts";
import { BalancerWeightedPool } from "../pools/balancer/BalancerWeightedPool.ts";
import { CurveStablePool } from "../pools/curve/CurveStablePool.ts";
import type { Pool } from "../pools/Pool.ts";
import type { PoolSource } from "../pools/sources/PoolSource.ts";
import { UniswapV2Pool } from "../pools/uniswapV2/UniswapV2Pool.ts";
import { UniswapV3Pool } from "../pools/uniswapV3/UniswapV3Pool.ts";
import type { RiskLimits, RiskState } from "../risk/index.ts";
import type { TokenView, WalletView } from "./ArbitrageApiPorts.ts";
import type * as schemas from "./schemas.ts";

type Shown<Schema extends z.ZodType> = z.output<Schema>;
const DAY_MS = 86_400_000;
const MILLION = 1_000_000n;

export function shownBlock({ height, hash }: { readonly height: number; readonly hash: string }) {
  return { height, hash };
}

export function shownOpportunity(history: OpportunityHistory): Shown<typeof schemas.opportunity> {
  const { id, chainId, block, route, expectedProfit, foundAtMs, outcome, decisions, simulations } = history;
  return {
    id,
    chainId,
    block: shownBlock(block),
    token: tokenOf(route),
    pools: route.hops.map(({ pool }) => pool),
    hops: shownHops(route),
    amountIn: route.amountIn,
    expectedProfit,
    foundAtMs,
    outcome,
    decisions: decisions.map(shownDecision),
    simulations: simulations.map(({ failure, ...rest }) => ({ ...rest, failure: failure ?? null })),
    fills: history.fills.map((fill) => ({ ...fill })),
    execution: shownExecution(history),
  };
}

function shownExecution({
  execution,
  fills,
}: OpportunityHistory): Shown<typeof schemas.opportunity>["execution"] {
  if (execution === undefined) return null;
  const { outcome, wallet, nonce, inclusion, changedAtMs } = execution;
  const [first, last] = [fills[0], fills.at(-1)];
  const isKnown = outcome === "executed" && first !== undefined && last !== undefined;
  return {
    outcome,
    wallet,
    nonce,
    changedAtMs,
    transactionHash: inclusion?.transactionHash ?? null,
    block: inclusion === undefined ? null : shownBlock(inclusion.block),
    gasUsed: inclusion?.gasUsed ?? null,
    gasPriceWei: inclusion?.gasPriceWei ?? null,
    l1FeeWei: inclusion?.l1FeeWei ?? null,
    gasWei: inclusion === undefined ? null : gasWeiOf(inclusion),
    profit: isKnown ? last.amountOut - first.amountIn : null,
  };
}

function shownDecision({ figures, ...decision }: DecisionRecord): Shown<typeof schemas.decision> {
  return { ...decision, figures: shownFigures(figures) };
}

function shownFigures(figures: object): Record<string, string> {
  return Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, String(value)]));
}

function tokenOf({ hops: [first] }: Route): string {
  return first?.tokenIn ?? "";
}

function shownHops({ hops }: Route) {
  return hops.map(({ kind, pool, tokenIn }, place) => ({
    kind,
    pool,
    tokenIn,
    tokenOut: hops[(place + 1) % hops.length]?.tokenIn ?? tokenIn,
  }));
}

export function shownScan(record: ScanRecord): Shown<typeof schemas.scan> {
  const { chainId: _, block, truncated, dropped, ...rest } = record;
  return { ...rest, block: shownBlock(block), truncated: [...truncated], dropped: { ...dropped } };
}

export function shownResult({ chainId: _, ...result }: AssetResult) {
  return result;
}

export function shownMovement(
  movement: Movement & { readonly position: bigint },
): Shown<typeof schemas.movement> {
  const { chainId: _, block, reference, opportunityId, ...rest } = movement;
  return {
    ...rest,
    block: shownBlock(block),
    reference: reference ?? null,
    opportunityId: opportunityId ?? null,
  };
}

export function shownTransfer(movement: Movement): Shown<typeof schemas.transfer> {
  const { account, asset, kind, amount, reference, transactionHash, block } = movement;
  return {
    account,
    asset,
    kind,
    amount,
    reference: reference ?? null,
    transactionHash,
    block: shownBlock(block),
  };
}

export function shownPool(
  { address, kind, tokens = [] }: Pick<PoolSource, "address" | "kind" | "tokens">,
  reason: string | undefined,
  pool?: Pool,
): Shown<typeof schemas.pool> {
  return {
    address,
    kind,
    tokens: [...tokens],
    isCertain: reason === undefined,
    reason: reason ?? null,
    state: pool === undefined ? null : stateOf(pool),
  };
}

function stateOf(pool: Pool): Record<string, string> | null {
  if (pool instanceof UniswapV2Pool) {
    const [reserve0, reserve1] = pool.reserves;
    const { numerator, denominator } = pool.fee;
    return shownFigures({ reserve0, reserve1, feePpm: (numerator * MILLION) / denominator });
  }
  if (pool instanceof CurveStablePool) {
    const { balances, amplification, amplificationPrecision, fee, adminFee } = pool.state;
    return shownFigures({ balances: balances.join(), amplification, amplificationPrecision, fee, adminFee });
  }
  if (pool instanceof BalancerWeightedPool) {
    const { vault, balances, weights, fee } = pool.state;
    return shownFigures({ vault, balances: balances.join(), weights: weights.join(), fee });
  }
  if (!(pool instanceof UniswapV3Pool)) return null;
  const { sqrtPriceX96, liquidity, tick, fee } = pool.state;
  return shownFigures({ sqrtPriceX96, liquidity, tick, feePpm: fee });
}

export function shownToken({ token, symbol, decimals }: TokenView): Shown<typeof schemas.token> {
  return { token, symbol: symbol ?? null, decimals: decimals ?? null };
}

export function shownWallet({
  block,
  coin,
  nonce,
  liveDayMaxWei,
  tokens,
  ...rest
}: WalletView): Shown<typeof schemas.wallet> {
  return {
    ...rest,
    mode: liveDayMaxWei === undefined ? "paper" : "live",
    block: block === undefined ? null : shownBlock(block),
    coin: coin ?? null,
    nonce: nonce ?? null,
    liveDayMaxWei: liveDayMaxWei ?? null,
    tokens: tokens.map(({ token, amount }) => ({ token, amount: amount ?? null })),
  };
}

export function shownRisk(
  state: RiskState,
  limits: RiskLimits,
  killFile: string | undefined,
): Shown<typeof schemas.risk> {
  const { tradeWeiMax, tokenDayWeiMax, tokenDayWeiMaxOf, chainDayWeiMax, gasDayWeiMax } = limits;
  const { lossDayWeiMax, failuresMax, gasPriceWeiMax, dataAgeMsMax } = limits;
  const tokens = new Set([...limits.profitTokens, ...state.tokenWei.keys()]);
  return {
    killed: state.killed ?? null,
    breaker: state.breaker ?? null,
    killFile: killFile ?? null,
    failuresInARow: state.failuresInARow,
    reservedCount: state.reserved.size,
    day: new Date(state.day * DAY_MS).toISOString().slice(0, 10),
    chainWei: state.chainWei,
    gasWei: state.gasWei,
    resultWei: state.resultWei,
    tokens: [...tokens].map((token) => ({
      token,
      movedWei: state.tokenWei.get(token) ?? 0n,
      maxWei: tokenDayWeiMaxOf.get(token) ?? tokenDayWeiMax,
    })),
    reserved: [...state.reserved].map(([id, { token, notionalWei, gasWeiMax }]) => ({
      id,
      token,
      notionalWei,
      gasWeiMax,
    })),
    limits: {
      tradeWeiMax,
      tokenDayWeiMax,
      chainDayWeiMax,
      gasDayWeiMax,
      lossDayWeiMax,
      failuresMax,
      gasPriceWeiMax,
      dataAgeMsMax,
    },
  };
}

export function shownTrial({ isGo, evaluation, ...trade }: TrialReport): Shown<typeof schemas.trial> {
  const { isGo: _, reason: __, ...figures } = evaluation?.decision ?? {};
  const simulation = evaluation?.simulation;
  return {
    ...shownTrade(trade),
    dryRun: true,
    outcome: isGo ? "wouldTrade" : "refused",
    simulation: simulation === undefined ? null : { ...simulation, failure: simulation.failure ?? null },
    figures: shownFigures(figures),
  };
}

export function shownReport(report: TradeReport): Shown<typeof schemas.trial> {
  const { outcome } = report;
  return { ...shownTrade(report), dryRun: false, outcome, simulation: null, figures: {} };
}

function shownTrade({ id, block, token, route, sized, code, reason }: Omit<TradeReport, "outcome">) {
  return {
    code,
    reason,
    opportunityId: id,
    block: shownBlock(block),
    token,
    hops: shownHops(route),
    amountIn: route.amountIn,
    expectedProfit: sized.profit,
  };
}
