import { describe, expect, it } from "vitest";
import { createPriceSet } from "./index.ts";

const code = (name: string) => expect.objectContaining({ code: name });
const source = (name: string, prices: object, change: object = {}) => ({
  name,
  text: JSON.stringify({ quote: "USD", timeMs: 7, prices, ...change }),
});

describe("price set", () => {
  it("has for each asset the prices of every source that knows it", () => {
    const set = createPriceSet(
      "USD",
      ["BTC", "ETH"],
      [source("a", { BTC: "65000.5", ETH: "3000", DOGE: "0.1" }), source("b", { BTC: "65001" })],
    );
    expect(set).toEqual({
      quote: "USD",
      prices: [
        {
          asset: "BTC",
          sources: [
            { name: "a", price: "65000.5", timeMs: 7 },
            { name: "b", price: "65001", timeMs: 7 },
          ],
        },
        { asset: "ETH", sources: [{ name: "a", price: "3000", timeMs: 7 }] },
      ],
    });
  });

  it("PRICE_MISSING: also for names of object properties", () => {
    const sources = [source("a", { BTC: "1" })];
    expect(() => createPriceSet("USD", ["constructor"], sources)).toThrowError(code("PRICE_MISSING"));
    expect(() => createPriceSet("USD", ["ETH"], [])).toThrowError(code("PRICE_MISSING"));
    expect(() => createPriceSet("USD", ["DOGE", "BTC", "XYZ"], sources)).toThrowError(
      expect.objectContaining({ facts: { missing: "DOGE, XYZ", missingCount: 2, sources: sources.length } }),
    );
  });

  it.each([
    ["another quote", source("a", {}, { quote: "EUR" })],
    ["an exponent", source("a", { BTC: "1e5" })],
    ["a number", source("a", { BTC: 5 })],
    ["no JSON", { name: "a", text: "<html>" }],
  ])("RESERVES_SOURCE_INVALID: %s", (_, bad) => {
    expect(() => createPriceSet("USD", [], [bad])).toThrowError(
      expect.objectContaining({
        code: "RESERVES_SOURCE_INVALID",
        facts: expect.objectContaining({ reason: "invalid price list" }),
      }),
    );
  });
});
