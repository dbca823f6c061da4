import type { PeriodResult } from "@trellis/client/arbitrage";
import { formatUnits } from "viem";
import type { ChartLine } from "../../chart/LineChart.tsx";

const COIN_DECIMALS = 18;

/** Cumulative results after gas, in coins, oldest first. @param nowMs end of the unfinished period */
export function resultLines(
  items: readonly PeriodResult[],
  nowMs: number,
  nameOf: (asset: string) => string,
): ChartLine[] {
  const ordered = items.toSorted((a, b) => a.fromMs - b.fromMs);
  const assets = [...new Set(ordered.flatMap((item) => item.assets.map(({ asset }) => asset)))];
  const line = (name: string, weiOf: (item: PeriodResult) => string): ChartLine => {
    let sum = 0n;
    const points = ordered.map((item) => {
      sum += BigInt(weiOf(item));
      return { timeMs: Math.min(item.toMs, nowMs), value: Number(formatUnits(sum, COIN_DECIMALS)) };
    });
    return { name, points: beginning(ordered, points) };
  };
  const own = (asset: string) => (item: PeriodResult) =>
    item.assets.find((one) => one.asset === asset)?.reference ?? "0";
  return [
    line("all", ({ resultWei }) => resultWei),
    ...(assets.length > 1 ? assets.map((asset) => line(nameOf(asset), own(asset))) : []),
  ];
}

function beginning(items: readonly PeriodResult[], points: ChartLine["points"]): ChartLine["points"] {
  const [first] = items;
  return first === undefined ? points : [{ timeMs: first.fromMs, value: 0 }, ...points];
}

const COUNTS = [
  ["found", "opportunityCount"],
  ["recorded", "recordedCount"],
  ["executed", "executedCount"],
  ["reverted", "revertedCount"],
  ["expired", "expiredCount"],
] as const;

export function countLines(items: readonly PeriodResult[]): ChartLine[] {
  const ordered = items.toSorted((a, b) => a.fromMs - b.fromMs);
  return COUNTS.map(([name, key]) => ({
    name,
    points: ordered.map((item) => ({ timeMs: item.fromMs, value: item[key] })),
  }));
}
