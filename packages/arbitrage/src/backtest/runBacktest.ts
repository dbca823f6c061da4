import { type Hex, isTrellisError } from "@trellis/base";
import type { ChainBlock } from "@trellis/client";
import { type ArbitrageEngine, type BlockReport, SKIP_CODES, type TradeReport } from "../engine/index.ts";
import { backtestErrors } from "./errors.ts";
import type { EngineMarket } from "./Market.ts";

export interface PastMarket {
  readonly market: EngineMarket;
  head(): Promise<ChainBlock | undefined>;
  advance(): Promise<boolean>;
}

export interface BacktestTrade {
  readonly height: number;
  readonly id: string;
  readonly token: Hex;
  readonly amountIn: bigint;
  readonly expectedProfit: bigint;
  readonly profitWei: bigint;
  readonly outcome: TradeReport["outcome"];
  readonly code: string;
  readonly reason: string;
  readonly pools: readonly Hex[];
  /** The previous scan of these pools found the same path profitable. */
  readonly isRepeated: boolean;
}

export interface BacktestSummary {
  readonly from: Pick<ChainBlock, "height" | "hash">;
  readonly to: Pick<ChainBlock, "height" | "hash">;
  readonly heads: number;
  readonly failures: Readonly<Record<string, number>>;
  readonly reorganisedBlocks: number;
  readonly found: number;
  /** Number of heads, by cap. */
  readonly truncated: Readonly<Record<string, number>>;
  readonly refused: Readonly<Record<string, number>>;
  /** Trades decided by simulation, screening or limits. */
  readonly judged: number;
  /** Trades that failed with an error; `refused` counts the errors. */
  readonly unjudged: number;
  readonly recorded: number;
  readonly distinct: number;
  /** wei before gas, without repeated trades. */
  readonly profitWei: bigint;
}

export interface Backtest {
  readonly summary: BacktestSummary;
  readonly trades: readonly BacktestTrade[];
}

/** Failed or idle steps per head: enough for an engine restart and three failed pool reads. */
const STEPS_MAX = 4;
const ERROR_CODE = /^[A-Z][A-Z0-9_]+$/;

/** Deterministic for the same market and engine options. @throws fatal engine errors */
export async function runBacktest(
  past: PastMarket,
  engine: Pick<ArbitrageEngine, "step" | "status" | "watch">,
): Promise<Backtest> {
  const tally = new Tally();
  const trades: BacktestTrade[] = [];
  const gaps = new OpenGaps();
  do {
    const head = await past.head();
    if (head === undefined) break;
    tally.addHead(head);
    for (const report of await stepsAt(head, engine, tally)) {
      tally.addReport(report);
      for (const trade of report.trades) {
        const shown = tradeOf(trade, gaps);
        trades.push(shown);
        tally.addTrade(shown);
      }
      gaps.see(report);
    }
  } while (await past.advance());
  return { summary: tally.summary(), trades };
}

/** @throws BACKTEST_UNJUDGED if every evaluation failed */
export function requireEvaluated({ summary: { judged, unjudged, refused } }: Backtest): void {
  if (unjudged === 0 || judged > 0) return;
  const codes = Object.keys(refused).filter((code) => ERROR_CODE.test(code));
  throw backtestErrors.BACKTEST_UNJUDGED({ unjudged, codes: codes.join(" ") });
}

async function stepsAt(
  head: ChainBlock,
  engine: Pick<ArbitrageEngine, "step" | "status" | "watch">,
  tally: Tally,
): Promise<readonly BlockReport[]> {
  const reports: BlockReport[] = [];
  for (let left = STEPS_MAX; left > 0; ) {
    const hasFailed = await stepAt(engine, reports, tally);
    const isReading = engine.watch()?.isReading !== false;
    if (!isReading && engine.status().head?.hash === head.hash) break;
    if (hasFailed || !isReading) left -= 1;
  }
  return reports;
}

async function stepAt(
  engine: Pick<ArbitrageEngine, "step">,
  reports: BlockReport[],
  tally: Tally,
): Promise<boolean> {
  try {
    const report = await engine.step();
    if (report !== undefined) reports.push(report);
    return false;
  } catch (error) {
    if (!isTrellisError(error) || error.consequence === "fatal") throw error;
    tally.addFailure(error.code);
    return true;
  }
}

function tradeOf(trade: TradeReport, gaps: OpenGaps): BacktestTrade {
  const { id, block, token, route, sized, profitWei, outcome, code, reason } = trade;
  const pools = route.hops.map(({ pool }) => pool);
  return {
    height: block.height,
    id,
    token,
    amountIn: route.amountIn,
    expectedProfit: sized.profit,
    profitWei,
    outcome,
    code,
    reason,
    pools,
    isRepeated: gaps.has(pools),
  };
}

class OpenGaps {
  #open = new Map<string, readonly Hex[]>();

  has(pools: readonly Hex[]): boolean {
    return this.#open.has(pools.join());
  }

  see({ seen, trades }: BlockReport): void {
    const paid = trades.map(({ route }) => route.hops.map(({ pool }) => pool));
    const isLookedAt = (pool: Hex) => seen === undefined || seen.touched.has(pool);
    const left = [...this.#open.values()].filter((pools) => !pools.some(isLookedAt));
    this.#open = new Map([...left, ...paid].map((pools) => [pools.join(), pools]));
  }
}

class Tally {
  readonly #heads: ChainBlock[] = [];
  readonly #failures = new Map<string, number>();
  readonly #truncated = new Map<string, number>();
  readonly #refused = new Map<string, number>();
  #reorganised = 0;
  #found = 0;
  #judged = 0;
  #unjudged = 0;
  #recorded = 0;
  #distinct = 0;
  #profitWei = 0n;

  addHead(head: ChainBlock): void {
    this.#heads.push(head);
  }

  addFailure(code: string): void {
    count(this.#failures, code);
  }

  addReport({ seen, found, truncated }: BlockReport): void {
    this.#reorganised += seen?.removed ?? 0;
    this.#found += found;
    for (const cap of truncated) count(this.#truncated, cap);
  }

  addTrade({ outcome, code, profitWei, isRepeated }: BacktestTrade): void {
    if (ERROR_CODE.test(code)) this.#unjudged += 1;
    else if (!SKIP_CODES.has(code)) this.#judged += 1;
    if (outcome === "refused") {
      count(this.#refused, code);
      return;
    }
    this.#recorded += 1;
    if (!isRepeated) {
      this.#distinct += 1;
      this.#profitWei += profitWei;
    }
  }

  summary(): BacktestSummary {
    const placeOf = (head: ChainBlock | undefined) =>
      ({ height: head?.height ?? -1, hash: head?.hash ?? "0x" }) as const;
    return {
      from: placeOf(this.#heads[0]),
      to: placeOf(this.#heads.at(-1)),
      heads: this.#heads.length,
      failures: sorted(this.#failures),
      reorganisedBlocks: this.#reorganised,
      found: this.#found,
      truncated: sorted(this.#truncated),
      refused: sorted(this.#refused),
      judged: this.#judged,
      unjudged: this.#unjudged,
      recorded: this.#recorded,
      distinct: this.#distinct,
      profitWei: this.#profitWei,
    };
  }
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function sorted(counts: ReadonlyMap<string, number>): Readonly<Record<string, number>> {
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}
