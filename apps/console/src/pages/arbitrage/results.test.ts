import { describe, expect, it } from "vitest";
import { amountText, differenceText, shareOf } from "./amounts.ts";
import { countLines, resultLines } from "./results.ts";

const coins = (amount: number): string => `${amount}000000000000000000`;
const period = (fromMs: number, assets: readonly (readonly [asset: string, reference: string])[]) => ({
  fromMs,
  toMs: fromMs + 10,
  opportunityCount: fromMs,
  refusedCount: 0,
  recordedCount: 1,
  openCount: 0,
  executedCount: 2,
  revertedCount: 0,
  expiredCount: 0,
  unpricedCount: 0,
  resultWei: String(assets.reduce((sum, [, reference]) => sum + BigInt(reference), 0n)),
  assets: assets.map(([asset, reference]) => ({ asset, reference, profit: "0", gas: "0", unpricedCount: 0 })),
});

describe("results over time", () => {
  it("are summed up by asset, whatever order they come in", () => {
    const items = [
      period(20, [["0xaa", coins(-3)]]),
      period(10, [
        ["0xaa", coins(5)],
        ["coin", coins(-1)],
      ]),
    ];
    const lines = resultLines(items, 25, (asset) => asset.toUpperCase());
    expect(lines.map(({ name, points }) => [name, points.map(({ value }) => value)])).toEqual([
      ["all", [0, 4, 1]],
      ["0XAA", [0, 5, 2]],
      ["COIN", [0, -1, -1]],
    ]);
    expect(lines[0]!.points.map(({ timeMs }) => timeMs)).toEqual([10, 20, 25]);
    expect(resultLines([], 25, String)).toEqual([{ name: "all", points: [] }]);
  });

  it("counts stand at the beginning of their period", () => {
    const [found] = countLines([period(20, []), period(10, [])]);
    expect(found).toEqual({
      name: "found",
      points: [
        { timeMs: 10, value: 10 },
        { timeMs: 20, value: 20 },
      ],
    });
  });
});

describe("amounts", () => {
  it.each([
    ["100", "100", "exactly as expected"],
    ["100", "99", "−1.00 % vs expected"],
    ["100", "250", "+150.00 % vs expected"],
    ["0", "1", "not as expected"],
  ])("predicted %s and realised %s: %s", (predicted, realised, text) => {
    expect(differenceText(predicted, realised)).toBe(text);
  });

  it("have a sign where it matters", () => {
    expect(amountText("1500000", 6)).toBe("1.5");
    expect(amountText("1500000", 6, true)).toBe("+1.5");
    expect(amountText("-1500000", 6, true)).toBe("−1.5");
    expect(amountText("0", 6, true)).toBe("0");
  });

  it("of a limit are a share, also beyond it, and of a limit of nothing all", () => {
    expect(shareOf("1", "4")).toBe(0.25);
    expect(shareOf("8", "4")).toBe(2);
    expect(shareOf("-8", "4")).toBe(0);
    expect(shareOf("1", "0")).toBe(1);
    expect(shareOf("0", "0")).toBe(0);
  });
});
