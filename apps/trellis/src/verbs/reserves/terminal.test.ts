import { captureIo } from "@trellis/kit/captureIo";
import { describe, expect, it } from "vitest";
import { print } from "./client.ts";
import { amountOf } from "./verify.ts";

describe("trellis reserves on a terminal", () => {
  it("totals of an export are in whole units", () => {
    expect(amountOf({ asset: "TRL", amount: "76490000000000000000", decimals: 18 })).toBe(
      '76.490000000000000000 "TRL"',
    );
  });

  it("prints a list with one line per element", () => {
    const rows = [
      { asset: "A", liabilities: "1" },
      { asset: "B", liabilities: "2" },
    ];
    const { io, captured } = captureIo();
    print({ isCovered: true, assets: rows, proved: ["x"], debts: [] }, { json: false }, io);
    expect(captured.stdout.split("\n")).toEqual([
      "isCovered  true",
      "assets     asset A, liabilities 1",
      "           asset B, liabilities 2",
      "proved     x",
      "debts      none",
      "",
    ]);
  });
});
