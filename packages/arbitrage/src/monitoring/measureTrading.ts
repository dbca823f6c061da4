import type { Metrics } from "@trellis/base";
import { arbitrageMetrics } from "../metrics.ts";
import { limitsUsed, type RiskLimits, type RiskState, USED_LIMITS } from "../risk/index.ts";

interface TradingState {
  readonly risk: RiskState;
  readonly limits: RiskLimits;
  readonly isLive: boolean;
  readonly isSignerThere: boolean;
}

export function measureTrading(metrics: Metrics): (state: TradingState) => void {
  const live = metrics.gauge(arbitrageMetrics.trellis_arbitrage_live);
  const killed = metrics.gauge(arbitrageMetrics.trellis_arbitrage_killed);
  const breaker = metrics.gauge(arbitrageMetrics.trellis_arbitrage_breaker_open);
  const jobs = metrics.gauge(arbitrageMetrics.trellis_arbitrage_jobs);
  const used = metrics.gauge(arbitrageMetrics.trellis_arbitrage_limit_used_ratio);
  const signer = metrics.gauge(arbitrageMetrics.trellis_arbitrage_signer_reachable);
  for (const each of [live, killed, breaker, jobs]) each.set(0);
  for (const limit of USED_LIMITS) used.set(0, { limit });
  signer.set(0);
  return ({ risk, limits, isLive, isSignerThere }) => {
    live.set(isLive ? 1 : 0);
    killed.set(risk.killed === undefined ? 0 : 1);
    breaker.set(risk.breaker === undefined ? 0 : 1);
    jobs.set(risk.reserved.size);
    const shares = limitsUsed(risk, limits);
    for (const limit of USED_LIMITS) used.set(shares[limit], { limit });
    signer.set(isSignerThere ? 1 : 0);
  };
}
