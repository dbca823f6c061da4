import type { Hex } from "@trellis/base";
import { describe, expect, it } from "vitest";
import type { BalancerWeightedPool } from "../balancer/BalancerWeightedPool.ts";
import type { CurveStablePool } from "../curve/CurveStablePool.ts";
import { addressOf, POOL, TOKEN_0, TOKEN_1 } from "../testing/addresses.ts";
import { blockOf, dataOf, hashOf, logOf } from "../testing/logs.ts";
import { encodeCall } from "./abi.ts";
import { balancerWeightedSource } from "./balancerWeightedSource.ts";
import { curveStableSource } from "./curveStableSource.ts";
import type { PoolCaller } from "./PoolSource.ts";

const ONE = 10n ** 18n;
const VAULT = addressOf(0xba);
const POOL_ID: Hex = `${POOL}${"5".padStart(24, "0")}`;
const OPTIONS = { blockHash: hashOf(1) };
const TOKENS = [TOKEN_0, TOKEN_1] as const;
const CURVE_CALLS: [Hex, readonly bigint[]][] = [
  [encodeCall("A()"), [2000n]],
  [encodeCall("fee()"), [4_000_000n]],
  [encodeCall("admin_fee()"), [5_000_000_000n]],
  [encodeCall("balances(uint256)", 0n), [10n ** 24n]],
  [encodeCall("balances(uint256)", 1n), [10n ** 24n]],
  [encodeCall("coins(uint256)", 0n), [BigInt(TOKEN_0)]],
  [encodeCall("coins(uint256)", 1n), [BigInt(TOKEN_1)]],
  [encodeCall("decimals()"), [18n]],
  [encodeCall("get_dy(int128,int128,uint256)", 0n, 1n, 10n ** 21n + 1n), [999_599_500_449_525_711_808n]],
];
const BALANCER_CALLS: [Hex, readonly bigint[]][] = [
  [encodeCall("getVault()"), [BigInt(VAULT)]],
  [encodeCall("getPoolId()"), [BigInt(POOL_ID)]],
  [encodeCall("getSwapFeePercentage()"), [10n ** 15n]],
  [encodeCall("getNormalizedWeights()"), [32n, 2n, ONE / 2n, ONE / 2n]],
  [
    encodeCall("getPoolTokens(bytes32)", BigInt(POOL_ID)),
    [96n, 192n, 7n, 2n, BigInt(TOKEN_0), BigInt(TOKEN_1), 2n, 10n ** 24n, 3n * 10n ** 24n],
  ],
  [encodeCall("decimals()"), [18n]],
];

function callerOf(answers: readonly [Hex, readonly bigint[]][]): PoolCaller {
  const byData = new Map(answers);
  return {
    call: async (_, data) => {
      const words = byData.get(data);
      return words === undefined ? undefined : dataOf(words);
    },
  };
}

describe("Curve pool", () => {
  const source = curveStableSource(POOL);

  it("is read at first and after each of its logs", async () => {
    const pool = (await source.read(callerOf(CURVE_CALLS), OPTIONS)) as CurveStablePool;
    expect(pool.state).toMatchObject({
      amplification: 2000n,
      balances: [10n ** 24n, 10n ** 24n],
      tokens: TOKENS,
      fee: 4_000_000n,
    });
    const log = logOf(
      blockOf(1),
      0,
      POOL,
      "TokenExchange(address,int128,uint256,int128,uint256)",
      [1n],
      [0n, 1n, 1n, 1n],
    );
    expect(source.applyLog(pool, log)).toBe("reread");
    expect(source.differenceOf(pool, pool)).toBe(undefined);
    expect(source.differenceOf(pool, pool.swapExactInput(0, 1, ONE).after)).toMatch("the contract has");
  });

  it("POOL_UNREADABLE: one token, one with too many decimals, no fee", async () => {
    const without = (method: string, ...words: bigint[]) =>
      CURVE_CALLS.filter(([data]) => data !== encodeCall(method, ...words));
    for (const calls of [
      without("coins(uint256)", 1n),
      without("fee()"),
      without("A()"),
      without("decimals()"),
      without("get_dy(int128,int128,uint256)", 0n, 1n, 10n ** 21n + 1n),
      [...CURVE_CALLS, [encodeCall("decimals()"), [19n]] as [Hex, bigint[]]],
    ])
      await expect(source.read(callerOf(calls), OPTIONS)).rejects.toMatchObject({ code: "POOL_UNREADABLE" });
  });

  it("POOL_INVALID: its own quote differs, as for pools with dynamic fees", async () => {
    const [data, [said = 0n]] = CURVE_CALLS.at(-1)!;
    const read = (quote: bigint) => source.read(callerOf([...CURVE_CALLS, [data, [quote]]]), OPTIONS);
    for (const near of [said - 2n, said + 2n]) await read(near);
    for (const far of [said - 3n, said + 3n])
      await expect(read(far)).rejects.toMatchObject({ code: "POOL_INVALID", facts: { said: far } });
  });

  it("changes with time while its amplification ramps", async () => {
    const read = async (future: bigint) =>
      source.isMoving?.(
        await source.read(callerOf([...CURVE_CALLS, [encodeCall("future_A()"), [future]]]), OPTIONS),
      );
    expect([await read(2000n), await read(2001n)]).toEqual([false, true]);
  });

  it("POOL_UNREADABLE: a malformed multicall answer", async () => {
    const multicall = addressOf(0xca);
    for (const words of [
      [],
      [32n],
      [32n, 7n],
      [32n, 7n, ...new Array(7).fill(1n << 255n)],
      [32n, 1n, 32n, 1n, 64n, 1n << 200n],
    ])
      await expect(
        source.read({ call: async () => dataOf(words) }, { ...OPTIONS, multicall }),
      ).rejects.toMatchObject({ code: "POOL_UNREADABLE" });
  });
});

describe("Balancer pool", () => {
  const source = balancerWeightedSource({ address: POOL, vault: VAULT, hasExactPowers: true });
  const SWAP = "Swap(bytes32,address,address,uint256,uint256)";
  const swapLog = (tokenIn: Hex, tokenOut: Hex, words: readonly bigint[], id: Hex = POOL_ID) =>
    logOf(blockOf(1), 0, VAULT, SWAP, [BigInt(id), BigInt(tokenIn), BigInt(tokenOut)], words);

  it("is read from the vault, and follows the vault's swaps", async () => {
    const pool = (await source.read(callerOf(BALANCER_CALLS), OPTIONS)) as BalancerWeightedPool;
    expect(pool.state).toMatchObject({ balances: [10n ** 24n, 3n * 10n ** 24n], fee: 10n ** 15n });
    const { amountIn, amountOut, after } = pool.swapExactInput(0, 1, ONE);
    const log = swapLog(TOKEN_0, TOKEN_1, [amountIn, amountOut]);
    expect(source.isAbout(log)).toBe(true);
    const followed = source.applyLog(pool, log) as BalancerWeightedPool;
    expect(source.differenceOf(followed, after)).toBe(undefined);
    expect(source.isAbout(swapLog(TOKEN_0, TOKEN_1, [1n, 1n], hashOf(6)))).toBe(false);
    const feeLog = logOf(blockOf(1), 0, POOL, "SwapFeePercentageChanged(uint256)", [], [1n]);
    expect([source.isAbout(feeLog), source.applyLog(pool, feeLog)]).toEqual([true, "reread"]);
  });

  it("POOL_LOG_INVALID: a swap of an unknown token; POOL_INVALID: of more than the balance", async () => {
    const pool = await source.read(callerOf(BALANCER_CALLS), OPTIONS);
    const strange = () => source.applyLog(pool, swapLog(TOKEN_0, addressOf(9), [1n, 1n]));
    expect(strange).toThrow(expect.objectContaining({ code: "POOL_LOG_INVALID" }));
    const tooMuch = () => source.applyLog(pool, swapLog(TOKEN_0, TOKEN_1, [1n, 10n ** 25n]));
    expect(tooMuch).toThrow(expect.objectContaining({ code: "POOL_INVALID" }));
  });

  it("POOL_UNREADABLE: another vault; POOL_INVALID: fewer weights than tokens", async () => {
    const read = (method: string, words: readonly bigint[]) =>
      source.read(callerOf([...BALANCER_CALLS, [encodeCall(method), words]]), OPTIONS);
    await expect(read("getVault()", [9n])).rejects.toMatchObject({ code: "POOL_UNREADABLE" });
    await expect(read("getNormalizedWeights()", [32n, 1n, ONE])).rejects.toMatchObject({
      code: "POOL_INVALID",
    });
  });
});
