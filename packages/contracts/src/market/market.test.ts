import type { Hex } from "@trellis/base";
import { type EvmContract, openMarket } from "@trellis/market";
import type { Address } from "@trellis/protocol";
import { beforeEach, describe, expect, it } from "vitest";
import { pairAddressV2 } from "../arbitrage/index.ts";
import { hop, OWNER, openArbitrage } from "../arbitrage/testing/openArbitrage.ts";
import { MARKET_PAIR_CODE_HASH, MarketFactory, MarketPair, MarketRouter, WrappedCoin } from "./index.ts";

const UNIT = 10n ** 18n;
const SOMEBODY: Address = `0x${"50".repeat(20)}`;

function open() {
  const market = openMarket();
  const { chain } = market;
  const factory = chain.deploy(MarketFactory.abi, MarketFactory.bytecode, [30n]);
  const router = chain.deploy(MarketRouter.abi, MarketRouter.bytecode);
  chain.know(MarketPair.abi);
  const [a, b] = [market.token(), market.token()].sort((x, y) =>
    BigInt(x.address) < BigInt(y.address) ? -1 : 1,
  ) as [EvmContract, EvmContract];
  for (const token of [a, b]) {
    token.do(SOMEBODY, "mint", [SOMEBODY, 10n ** 30n]);
    token.do(SOMEBODY, "approve", [router.address, 2n ** 255n]);
  }
  router.do(SOMEBODY, "addLiquidity", [factory.address, b.address, 500n * UNIT, a.address, 1_000n * UNIT]);
  const pair = chain.at(MarketPair.abi, factory.view("getPair", [a.address, b.address]));
  return { market, chain, factory, router, a, b, pair };
}

let m: ReturnType<typeof open>;
beforeEach(() => {
  m = open();
});

const reservesOf = (pair: EvmContract) => pair.view<readonly bigint[]>("getReserves").slice(0, 2);
const balanceOf = (token: EvmContract, account: string) => token.view<bigint>("balanceOf", [account]);

describe("pair of the demo market", () => {
  it("is at its CREATE2 address, one for two tokens in either order, and has its factory's fee", () => {
    const { factory, a, b, pair, router } = m;
    expect(pair.address).toBe(
      pairAddressV2(factory.address, MARKET_PAIR_CODE_HASH, b.address as Hex, a.address as Hex),
    );
    expect(factory.view("getPair", [b.address, a.address])).toBe(
      factory.view("getPair", [a.address, b.address]),
    );
    expect(factory.view("allPairsLength")).toBe(1n);
    expect(pair.view("feeBasisPoints")).toBe(30n);
    expect(reservesOf(pair)).toEqual([1_000n * UNIT, 500n * UNIT]);
    expect(factory.send(SOMEBODY, "createPair", [b.address, a.address]).failure).toBe("pairexists()");
    expect(factory.send(SOMEBODY, "createPair", [b.address, b.address]).failure).toBe("tokensinvalid()");
    router.do(SOMEBODY, "addLiquidity", [factory.address, a.address, UNIT, b.address, UNIT]);
    expect(factory.view("allPairsLength")).toBe(1n);
  });

  it("pays the same as Uniswap's pair with the same reserves, and refuses one unit more", () => {
    const { market, chain, a, b, pair } = m;
    const real = market.pairV2(a, 1_000n * UNIT, b, 500n * UNIT);
    let seed = 7n;
    const next = (max: bigint): bigint => {
      seed = (seed * 6_364_136_223_846_793_005n + 1n) % 2n ** 64n;
      return seed % max;
    };
    for (let round = 0; round < 60; round += 1) {
      const isZeroIn = next(2n) === 0n;
      const amountIn = 1n + next(10n ** (1n + next(21n)));
      const [r0, r1] = reservesOf(pair) as [bigint, bigint];
      const [reserveIn, reserveOut] = isZeroIn ? [r0, r1] : [r1, r0];
      const out = (amountIn * 997n * reserveOut) / (reserveIn * 1_000n + amountIn * 997n);
      if (out === 0n) continue;
      const outs = (amount: bigint) => (isZeroIn ? [0n, amount] : [amount, 0n]);
      for (const each of [pair, real]) {
        (isZeroIn ? a : b).do(SOMEBODY, "transfer", [each.address, amountIn]);
        expect(each.send(SOMEBODY, "swap", [...outs(out + 1n), SOMEBODY, "0x"]).isReverted).toBe(true);
      }
      const [mine, theirs] = [pair, real].map((each) =>
        each.do(SOMEBODY, "swap", [...outs(out), SOMEBODY, "0x"]),
      );
      expect(mine!.logs.map(({ topics, data }) => [topics, data])).toEqual(
        theirs!.logs.map(({ topics, data }) => [
          topics.map((topic) => topic.replace(real.address.slice(2), pair.address.slice(2))),
          data,
        ]),
      );
      chain.pass();
    }
    expect(reservesOf(pair)).toEqual(reservesOf(real));
  });

  it("refuses unpaid swaps: no input, no output, too much output, itself as recipient", () => {
    const { a, b, pair } = m;
    const swap = (...args: readonly unknown[]) => pair.send(SOMEBODY, "swap", args).failure;
    expect(swap(0n, 0n, SOMEBODY, "0x")).toBe("outputinvalid()");
    expect(swap(1_000n * UNIT, 0n, SOMEBODY, "0x")).toBe("outputinvalid()");
    expect(swap(1n, 0n, SOMEBODY, "0x")).toBe("inputmissing()");
    expect(swap(1n, 0n, a.address, "0x")).toBe("recipientinvalid()");
    b.do(SOMEBODY, "transfer", [pair.address, 1n]);
    expect(swap(UNIT, 0n, SOMEBODY, "0x")).toBe("productshrinks()");
    expect(reservesOf(pair)).toEqual([1_000n * UNIT, 500n * UNIT]);
  });

  it("is locked during a swap", () => {
    const { market, chain, router } = m;
    const token = market.token("ReentrantToken");
    const other = market.token();
    const factory = m.factory;
    for (const each of [token, other]) {
      each.do(SOMEBODY, "mint", [SOMEBODY, 10n ** 30n]);
      each.do(SOMEBODY, "approve", [router.address, 2n ** 255n]);
    }
    router.do(SOMEBODY, "addLiquidity", [
      factory.address,
      token.address,
      1_000n * UNIT,
      other.address,
      1_000n * UNIT,
    ]);
    const pair = chain.at(MarketPair.abi, factory.view("getPair", [token.address, other.address]));
    for (const [name, args] of [
      ["swap", [1n, 0n, SOMEBODY, "0x"]],
      ["mint", [SOMEBODY]],
      ["burn", [SOMEBODY]],
      ["skim", [SOMEBODY]],
      ["sync", []],
    ] as const) {
      token.do(SOMEBODY, "arm", [pair.address, pair.encode(name, args)]);
      const { logs } = router.do(SOMEBODY, "swap", [pair.address, other.address, UNIT, 0n]);
      const told = logs.filter(({ address, topics }) => address === token.address && topics.length === 1);
      // First word of the event Attacked(false, Entered()).
      expect(told.map(({ data }) => BigInt(`0x${Buffer.from(data).toString("hex").slice(0, 64)}`))).toEqual([
        0n,
      ]);
    }
  });

  it("redeems shares, except for the locked ones", () => {
    const { a, b, pair } = m;
    const shares = balanceOf(pair, SOMEBODY);
    expect(shares).toBe(pair.view<bigint>("totalSupply") - 1_000n);
    pair.do(SOMEBODY, "transfer", [pair.address, shares]);
    const before = [a, b].map((token) => balanceOf(token, SOMEBODY));
    pair.do(SOMEBODY, "burn", [SOMEBODY]);
    const got = [a, b].map((token, place) => balanceOf(token, SOMEBODY) - before[place]!);
    const left = reservesOf(pair);
    expect(left.every((reserve) => reserve > 0n && reserve < 2_000n)).toBe(true);
    expect([got[0]! + left[0]!, got[1]! + left[1]!]).toEqual([1_000n * UNIT, 500n * UNIT]);
    a.do(SOMEBODY, "transfer", [pair.address, 5n]);
    pair.do(SOMEBODY, "skim", [SOMEBODY]);
    expect(reservesOf(pair)).toEqual(left);
    a.do(SOMEBODY, "transfer", [pair.address, 5n]);
    pair.do(SOMEBODY, "sync");
    expect(reservesOf(pair)).toEqual([left[0]! + 5n, left[1]]);
  });

  it("refuses reserves past their words, and a tiny first deposit", () => {
    const { market, factory, router, a, b, pair } = m;
    a.do(SOMEBODY, "mint", [pair.address, 2n ** 112n]);
    expect(pair.send(SOMEBODY, "sync").failure).toBe("reservestoolarge()");
    const other = market.token();
    other.do(SOMEBODY, "mint", [SOMEBODY, 10n ** 30n]);
    other.do(SOMEBODY, "approve", [router.address, 2n ** 255n]);
    const deposit = [factory.address, b.address, 1_000n, other.address, 1_000n];
    expect(router.send(SOMEBODY, "addLiquidity", deposit).failure).toBe("liquiditytoosmall()");
  });
});

describe("contracts beside a pair", () => {
  it("the router returns the pair's output, or nothing below the requested minimum", () => {
    const { a, b, pair, router } = m;
    const amountOut = (UNIT * 997n * 500n * UNIT) / (1_000n * UNIT * 1_000n + UNIT * 997n);
    const swap = (min: bigint) => router.send(SOMEBODY, "swap", [pair.address, a.address, UNIT, min]);
    expect(swap(amountOut + 1n).failure).toBe(`outputtoosmall(${amountOut},${amountOut + 1n})`);
    const before = balanceOf(b, SOMEBODY);
    expect(swap(amountOut).isReverted).toBe(false);
    expect(balanceOf(b, SOMEBODY) - before).toBe(amountOut);
    for (const token of [a, b]) expect(balanceOf(token, router.address)).toBe(0n);
  });

  it("a factory cannot have a fee of 100 %", () => {
    expect(() => m.chain.deploy(MarketFactory.abi, MarketFactory.bytecode, [10_000n])).toThrow();
  });

  it("the wrapped coin is one to one", () => {
    const { chain } = m;
    const coin = chain.deploy(WrappedCoin.abi, WrappedCoin.bytecode);
    chain.state.setBalance(SOMEBODY, 5n);
    expect(coin.send(SOMEBODY, "deposit", [], { value: 5n }).failure).toBe("");
    expect([balanceOf(coin, SOMEBODY), chain.state.account(SOMEBODY)?.balance]).toEqual([5n, 0n]);
    coin.do(SOMEBODY, "withdraw", [2n]);
    expect(coin.send(SOMEBODY, "withdraw", [4n]).isReverted).toBe(true);
    expect([coin.view("totalSupply"), chain.state.account(SOMEBODY)?.balance]).toEqual([3n, 2n]);
  });
});

it("an Arbitrageur closes a gap between two pairs by a flash swap, and receives the pairs' output", () => {
  const arbitrage = openArbitrage();
  const { market } = arbitrage;
  const { chain } = market;
  const [a, b] = [market.token(), market.token()];
  const pairs = [30n, 5n].map((fee, place) => {
    const factory = chain.deploy(MarketFactory.abi, MarketFactory.bytecode, [fee]);
    factory.do(SOMEBODY, "createPair", [a.address, b.address]);
    const pair = chain.at(MarketPair.abi, factory.view("getPair", [a.address, b.address]));
    a.do(SOMEBODY, "mint", [pair.address, 1_000n * UNIT]);
    b.do(SOMEBODY, "mint", [pair.address, (place === 0 ? 1_000n : 1_100n) * UNIT]);
    pair.do(SOMEBODY, "mint", [SOMEBODY]);
    return pair;
  }) as [EvmContract, EvmContract];
  const amountIn = 10n * UNIT;
  const given = (amount: bigint, fee: bigint, has: bigint, gives: bigint): bigint =>
    (amount * (10_000n - fee) * gives) / (has * 10_000n + amount * (10_000n - fee));
  const middle = given(amountIn, 5n, 1_000n * UNIT, 1_100n * UNIT);
  const profit = given(middle, 30n, 1_000n * UNIT, 1_000n * UNIT) - amountIn;
  const hops = [hop("swapV2", pairs[1], a, 500), hop("swapV2", pairs[0], b, 3_000)];
  const sent = arbitrage.execute(arbitrage.route(amountIn, hops, { profitMin: profit }));
  expect(sent.failure).toBe("");
  expect(BigInt(sent.output)).toBe(profit);
  expect(balanceOf(a, OWNER)).toBe(profit);
});
