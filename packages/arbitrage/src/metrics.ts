import { defineMetrics } from "@trellis/base";

export const arbitrageMetrics = defineMetrics({
  trellis_arbitrage_head_number: {
    type: "gauge",
    unit: "blocks",
    meaning: "Number of the newest block that the engine saw.",
  },
  trellis_arbitrage_head_timestamp_seconds: {
    type: "gauge",
    unit: "seconds",
    meaning: "Time of that block; 0 before the first.",
  },
  trellis_arbitrage_scan_seconds: {
    type: "histogram",
    unit: "seconds",
    meaning: "Time to search for trades after a block, and to size them.",
  },
  trellis_arbitrage_opportunities_total: {
    type: "counter",
    unit: "opportunities",
    meaning: "Opportunities by decision; `error` for all error codes, which the ledger contains.",
    labels: { code: 64 },
  },
  trellis_arbitrage_executions_total: {
    type: "counter",
    unit: "trades",
    meaning: "Submitted trades by outcome; undone: in a block removed by a reorganisation.",
    labels: { outcome: ["submitted", "executed", "reverted", "expired", "undone"] },
  },
  trellis_arbitrage_profit_coins_total: {
    type: "counter",
    unit: "coins",
    meaning: "Profits of executed trades before gas, in coins of the chain.",
  },
  trellis_arbitrage_gas_coins_total: {
    type: "counter",
    unit: "coins",
    meaning: "Cost of the trades' transactions, in coins of the chain.",
  },
  trellis_arbitrage_book_differences: {
    type: "gauge",
    unit: "balances",
    meaning: "Balances that differ between the books and the chain.",
  },
  trellis_arbitrage_live: { type: "gauge", unit: "flag", meaning: "1 while trading is live." },
  trellis_arbitrage_killed: { type: "gauge", unit: "flag", meaning: "1 while the kill switch is active." },
  trellis_arbitrage_breaker_open: {
    type: "gauge",
    unit: "flag",
    meaning: "1 while losses or failures keep trading stopped.",
  },
  trellis_arbitrage_jobs: {
    type: "gauge",
    unit: "trades",
    meaning: "Trades in flight, of all workers of the wallet.",
  },
  trellis_arbitrage_limit_used_ratio: {
    type: "gauge",
    unit: "ratio",
    meaning: "Used share of a limit, by setting; for tokenDayMax, of the most used token.",
    labels: { limit: ["chainDayMax", "tokenDayMax", "gasDayMax", "lossDayMax", "failuresMax"] },
  },
  trellis_arbitrage_signer_reachable: {
    type: "gauge",
    unit: "flag",
    meaning: "0 while the signer does not respond; 1 also if no signer is needed.",
  },
});
