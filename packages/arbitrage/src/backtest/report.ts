import type { Backtest, BacktestTrade } from "./runBacktest.ts";

export function backtestJson({ summary, trades }: Backtest): string {
  const text = JSON.stringify(
    { format: "trellis-arbitrage-backtest/1", summary, trades },
    (_, value: unknown) => (typeof value === "bigint" ? String(value) : value),
  );
  return `${text}\n`;
}

const COLUMNS = [
  ...["height", "id", "token", "amountIn", "expectedProfit", "profitWei"],
  ...["outcome", "code", "isRepeated", "pools", "reason"],
] as const satisfies readonly (keyof BacktestTrade)[];

/** RFC 4180; an apostrophe disables spreadsheet formulas. */
export function backtestCsv({ trades }: Backtest): string {
  const rows = trades.map((trade) => COLUMNS.map((column) => cellOf(trade[column])).join(","));
  return `${[COLUMNS.join(","), ...rows].join("\r\n")}\r\n`;
}

function cellOf(value: BacktestTrade[keyof BacktestTrade]): string {
  const text = Array.isArray(value) ? value.join(" ") : String(value);
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
