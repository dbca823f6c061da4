import type { Hex } from "@trellis/base";
import { describe, expect, it } from "vitest";
import { type ArbitrageServiceSettings, arbitrageServiceDefinition } from "./settings/index.ts";
import { tradingRules } from "./tradingRules.ts";

const WALLET: Hex = `0x${"e0".repeat(20)}`;
const TOKEN: Hex = `0x${"01".repeat(20)}`;
const OPTIONS = {
  chainId: 7331,
  executor: WALLET,
  isSimulated: true,
  prices: new Map([[TOKEN, { amount: 1n, wei: 1n }]]),
};

function flagsOf(given: Readonly<Record<string, unknown>>): ArbitrageServiceSettings {
  const settings = Object.entries(arbitrageServiceDefinition.settings).map(
    ([key, { type, default: usual }]) => [key, type.parse(given[key] ?? usual)],
  );
  return Object.fromEntries(settings) as ArbitrageServiceSettings;
}

function liveDayMax(given: Readonly<Record<string, unknown>>, isSimulated = true): bigint | undefined {
  return tradingRules(flagsOf(given), { ...OPTIONS, isSimulated }, new Set()).liveDayWeiMax;
}

describe("ARB-35: trading with money", () => {
  const permit = (changed: object = {}) =>
    JSON.stringify([
      { chain: 7331, wallet: WALLET.toUpperCase().replace("X", "x"), dayMax: "5", ...changed },
    ]);

  it("is off by default", () => {
    expect(liveDayMax({})).toBeUndefined();
    expect(liveDayMax({ liveFor: permit() })).toBeUndefined();
  });

  it("stays within the chain's limit and the permit of this chain and wallet", () => {
    expect(liveDayMax({ live: true, limits: { chainDayMax: "7" } })).toBe(7n);
    expect(liveDayMax({ live: true, limits: { chainDayMax: "7" }, liveFor: permit() })).toBe(5n);
    expect(liveDayMax({ live: true, limits: { chainDayMax: "3" }, liveFor: permit() })).toBe(3n);
    expect(liveDayMax({ live: true, liveFor: permit({ chain: 1 }) })).toBeUndefined();
    expect(liveDayMax({ live: true, liveFor: permit({ wallet: TOKEN }) })).toBeUndefined();
  });

  it("is off without the contract that simulates trades", () => {
    expect(liveDayMax({ live: true }, false)).toBeUndefined();
  });

  it("limits risk and engine alike", () => {
    const limited = { tradeMax: "3", threshold: "2", gasPriceMax: "9" };
    const flags = flagsOf({ live: true, liveFor: permit(), limits: limited });
    const { engine, limits } = tradingRules(flags, OPTIONS, new Set());
    expect(engine).toMatchObject({ mayTrade: true, tradeWeiMax: 3n, thresholdWei: 2n, gasPriceWeiMax: 9n });
    expect(limits).toMatchObject({ chainDayWeiMax: 5n, tradeWeiMax: 3n, gasPriceWeiMax: 9n });
    expect([...limits.profitTokens]).toEqual([TOKEN]);
  });
});

it("ARB-34: lists accept addresses in any letter case, plus those of the file", () => {
  const listed = `${TOKEN.replace("0x", "0x")}, 0x${"Ab".repeat(20)}`;
  const denied: Hex = `0x${"cd".repeat(20)}`;
  const { lists } = tradingRules(
    flagsOf({ screening: { denyAddresses: listed } }),
    OPTIONS,
    new Set([denied]),
  );
  expect([...lists.denyAddresses]).toEqual([TOKEN, `0x${"ab".repeat(20)}`, denied]);
  expect(() => flagsOf({ screening: { denyTokens: "0x12" } })).toThrow(/40 hexadecimal digits/);
  expect(() => flagsOf({ liveFor: '[{"chain":1}]' })).toThrow();
});
