import { describe, expect, it } from "vitest";
import { parseReservesPlan } from "./index.ts";

const TOKEN = `0x${"22".repeat(20)}`;
const BITCOIN = "bip122:000000000019d6689c085ae165831e93";
const plan = {
  quote: "USD",
  chains: [
    { chain: "eip155:1", nodes: ["https://a.example", "env:NODE_B"] },
    { chain: BITCOIN, statement: { by: "treasury", from: "file:balances.json" } },
  ],
  assets: [
    { asset: "ETH", counted: [{ chain: "eip155:1" }] },
    { asset: "USD", counted: [{ chain: "eip155:1", token: TOKEN }], haircutBasisPoints: 100 },
    { asset: "BTC", counted: [{ chain: BITCOIN }] },
  ],
  prices: [{ name: "desk", from: "file:prices.json" }],
};
const parsed = (change: object = {}) => parseReservesPlan(JSON.stringify({ ...plan, ...change }));

describe("the plan of reserves", () => {
  it("has defaults for what need not be said", () => {
    expect(parsed()).toMatchObject({
      chains: [{ confirmations: 0 }, {}],
      assets: [{ haircutBasisPoints: 0, tolerance: "0", counted: [{ token: null }] }, {}, {}],
      ...{ marginBasisPoints: 0, readingAgeS: 3_600 },
    });
  });

  it.each<[string, object]>([
    ["a chain twice", { chains: [...plan.chains, plan.chains[0]] }],
    ["an asset twice", { assets: [...plan.assets, { asset: "ETH", counted: [] }] }],
    [
      "a coin counted for two assets",
      { assets: [...plan.assets, { asset: "X", counted: [{ chain: BITCOIN }] }] },
    ],
    ["a chain that is not named", { chains: plan.chains.slice(1) }],
    ["a price source twice", { prices: [...plan.prices, ...plan.prices] }],
    ["a chain that is not known", { chains: [{ chain: "solana:1", nodes: ["https://a"] }], assets: [] }],
    ["nodes of Bitcoin", { chains: [{ chain: BITCOIN, nodes: ["https://a"] }], assets: [] }],
    ["no nodes", { chains: [{ chain: "eip155:1", nodes: [] }], assets: [] }],
    ["a haircut beyond all", { assets: [{ asset: "ETH", counted: [], haircutBasisPoints: 10_001 }] }],
    ["a negative tolerance", { assets: [{ asset: "ETH", counted: [], tolerance: "-1" }] }],
    [
      "a token in mixed case",
      { assets: [{ asset: "X", counted: [{ chain: "eip155:1", token: `0x${"aB".repeat(20)}` }] }] },
    ],
    ["a field that is not known", { secret: 1 }],
  ])("RESERVES_PLAN_INVALID: %s", (_, change) => {
    expect(() => parsed(change)).toThrowError(expect.objectContaining({ code: "RESERVES_PLAN_INVALID" }));
  });

  it("RESERVES_PLAN_INVALID: what is no JSON is not repeated", () => {
    expect(() => parseReservesPlan("https://key@node")).toThrowError(
      expect.objectContaining({ code: "RESERVES_PLAN_INVALID", facts: { reason: "not JSON", length: 16 } }),
    );
  });
});
