import type { Curve } from "./Curve.ts";

interface ScanRange {
  readonly place: number;
  readonly low: bigint;
  readonly high: bigint;
  readonly middle: bigint;
}

/** Numbers of amounts: around the middle, and spread over the range. */
const NEAR = 8_192;
const SPREAD = 8_192;
const KEPT = 16;

/** Ranks amounts in floats, with each leg rounded. [SIZE-11] @returns best first */
export function scanRounded(curves: readonly Curve[], range: ScanRange): bigint[] {
  const best: { amount: bigint; profit: number }[] = [];
  for (const amount of amountsOf(range)) {
    const profit = roundedProfit(curves, range.place, Number(amount));
    if (best.length === KEPT && !(profit > best[KEPT - 1]!.profit)) continue;
    const place = best.findIndex((other) => profit > other.profit);
    best.splice(place < 0 ? best.length : place, 0, { amount, profit });
    best.length = Math.min(best.length, KEPT);
  }
  return best.map(({ amount }) => amount);
}

function* amountsOf({ low, high, middle }: ScanRange): Iterable<bigint> {
  const first = max(low, middle - BigInt(NEAR / 2));
  const last = min(high, first + BigInt(NEAR));
  for (let amount = first; amount <= last; amount++) yield amount;
  const step = (high - low) / BigInt(SPREAD) + 1n;
  for (let amount = low; amount <= high; amount += step) if (amount < first || amount > last) yield amount;
}

function roundedProfit(curves: readonly Curve[], place: number, amount: number): number {
  let input = amount;
  for (let at = place - 1; at >= 0; at--) input = Math.ceil(curves[at]!.amountIn(input));
  let output = amount;
  for (let at = place; at < curves.length; at++) output = Math.floor(curves[at]!.amountOut(output));
  return output - input;
}

function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

function min(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
