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

describe("reserves plan", () => {
  it("has defaults for omitted fields", () => {
    expect(parsed()).toMatchObject({
      chains: [{ confirmations: 0 }, {}],
      assets: [{ haircutBasisPoints: 0, tolerance: "0", counted: [{ token: null }] }, {}, {}],
      marginBasisPoints: 0,
      readingAgeS: 3_600,
    });
  });

  it.each<[string, object]>([
    ["a duplicate chain", { chains: [...plan.chains, plan.chains[0]] }],
    ["a duplicate asset", { assets: [...plan.assets, { asset: "ETH", counted: [] }] }],
    [
      "a coin counted for two assets",
      { assets: [...plan.assets, { asset: "X", counted: [{ chain: BITCOIN }] }] },
    ],
    ["an unnamed chain", { chains: plan.chains.slice(1) }],
    ["a duplicate price source", { prices: [...plan.prices, ...plan.prices] }],
    ["an unknown chain", { chains: [{ chain: "solana:1", nodes: ["https://a"] }], assets: [] }],
    ["nodes of Bitcoin", { chains: [{ chain: BITCOIN, nodes: ["https://a"] }], assets: [] }],
    ["no nodes", { chains: [{ chain: "eip155:1", nodes: [] }], assets: [] }],
    ["a haircut above 100 %", { assets: [{ asset: "ETH", counted: [], haircutBasisPoints: 10_001 }] }],
    ["a negative tolerance", { assets: [{ asset: "ETH", counted: [], tolerance: "-1" }] }],
    [
      "a token in mixed case",
      { assets: [{ asset: "X", counted: [{ chain: "eip155:1", token: `0x${"aB".repeat(20)}` }] }] },
    ],
    ["an unknown field", { secret: 1 }],
  ])("CONFIG_FILE_UNREADABLE: %s", (_, change) => {
    expect(() => parsed(change)).toThrowError(
      expect.objectContaining({
        code: "CONFIG_FILE_UNREADABLE",
        facts: expect.objectContaining({ file: "chains, assets and prices" }),
      }),
    );
  });

  it("CONFIG_FILE_UNREADABLE: invalid JSON is not repeated", () => {
    expect(() => parseReservesPlan("https://key@node")).toThrowError(
      expect.objectContaining({
        code: "CONFIG_FILE_UNREADABLE",
        facts: { file: "chains, assets and prices", reason: "not JSON", length: 16 },
      }),
    );
  });
});
