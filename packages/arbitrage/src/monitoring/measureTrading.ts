import type { Metrics } from "@trellis/base";
import { limitsUsed, type RiskLimits, type RiskState, USED_LIMITS } from "../risk/index.ts";

interface TradingState {
  readonly risk: RiskState;
  readonly limits: RiskLimits;
  readonly isLive: boolean;
  readonly isSignerThere: boolean;
}

export function measureTrading(metrics: Metrics): (state: TradingState) => void {
  const gauge = (name: string, help: string, ...labels: readonly string[]) =>
    metrics.gauge({ name: `trellis_arbitrage_${name}`, help, labels });
  const live = gauge("live", "1 while trading is live");
  const killed = gauge("killed", "1 while the kill switch is active");
  const breaker = gauge("breaker_open", "1 while losses or failures keep trading stopped");
  const jobs = gauge("jobs", "Trades in flight, of all workers of the wallet");
  const used = gauge(
    "limit_used_ratio",
    "Used share of a limit, by setting; for tokenDayMax, of the most used token",
    "limit",
  );
  const signer = gauge(
    "signer_reachable",
    "0 while the signer does not respond; 1 also if no signer is needed",
  );
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
