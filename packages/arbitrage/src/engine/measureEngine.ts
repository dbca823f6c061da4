import type { Metrics } from "@trellis/base";
import type { ChainBlock } from "@trellis/client";
import { SCREENING_CODES } from "../compliance/index.ts";
import { PAPER } from "../ledger/index.ts";
import { arbitrageMetrics } from "../metrics.ts";
import { REFUSALS } from "../risk/index.ts";
import { EVALUATION_REFUSALS } from "./evaluateTrade.ts";
import { SKIP_CODES, type TradeReport } from "./Trader.ts";
import type { JobUpdate } from "./TradeTracker.ts";

interface EngineMeters {
  head(block: Pick<ChainBlock, "height" | "timeSeconds">): void;
  scanned(tookMs: number): void;
  decided(trades: readonly Pick<TradeReport, "code" | "outcome">[]): void;
  settled(jobs: readonly JobUpdate[]): void;
  compared(differences: number): void;
}

/** Label of all other codes, which the ledger has. */
const ERROR = "error";
const CODES: ReadonlySet<string> = new Set([
  ...["submitted", PAPER, ...SKIP_CODES, ...SCREENING_CODES, ...EVALUATION_REFUSALS, ...REFUSALS, ERROR],
]);
const OUTCOMES: readonly (JobUpdate["outcome"] | "submitted")[] = [
  ...(["submitted", "executed", "reverted", "expired", "undone"] as const),
];
const WEI_OF_COIN = 1e18;

/** Creates series at 0, so that alerts detect the first increase. */
export function measureEngine(metrics: Metrics): EngineMeters {
  const meters = defineMeters(metrics);
  for (const gauge of [meters.head, meters.headTime, meters.differences]) gauge.set(0);
  for (const counter of [meters.profit, meters.gas]) counter.add(0);
  for (const code of CODES) meters.opportunities.add(0, { code });
  for (const outcome of OUTCOMES) meters.executions.add(0, { outcome });
  return {
    head({ height, timeSeconds }) {
      meters.head.set(height);
      meters.headTime.set(timeSeconds);
    },
    scanned: (tookMs) => meters.scan.observe(tookMs / 1_000),
    decided(trades) {
      for (const { code, outcome } of trades) {
        meters.opportunities.add(1, { code: labelOf(code) });
        if (outcome === "submitted") meters.executions.add(1, { outcome });
      }
    },
    settled(jobs) {
      for (const { outcome, profitWei, gasWei } of jobs) {
        meters.executions.add(1, { outcome });
        if (outcome === "undone") continue;
        meters.profit.add(coinsOf(profitWei));
        meters.gas.add(coinsOf(gasWei));
      }
    },
    compared: (differences) => meters.differences.set(differences),
  };
}

function labelOf(code: string): string {
  const [first = ""] = code.split(" ");
  return CODES.has(first) ? first : ERROR;
}

function coinsOf(wei: bigint): number {
  return wei > 0n ? Number(wei) / WEI_OF_COIN : 0;
}

function defineMeters(metrics: Metrics) {
  return {
    head: metrics.gauge(arbitrageMetrics.trellis_arbitrage_head_number),
    headTime: metrics.gauge(arbitrageMetrics.trellis_arbitrage_head_timestamp_seconds),
    scan: metrics.histogram(arbitrageMetrics.trellis_arbitrage_scan_seconds),
    opportunities: metrics.counter(arbitrageMetrics.trellis_arbitrage_opportunities_total),
    executions: metrics.counter(arbitrageMetrics.trellis_arbitrage_executions_total),
    profit: metrics.counter(arbitrageMetrics.trellis_arbitrage_profit_coins_total),
    gas: metrics.counter(arbitrageMetrics.trellis_arbitrage_gas_coins_total),
    differences: metrics.gauge(arbitrageMetrics.trellis_arbitrage_book_differences),
  };
}
