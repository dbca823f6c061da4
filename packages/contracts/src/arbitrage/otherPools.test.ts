import { type Balancer, type EvmContract, openBalancer } from "@trellis/market";
import { beforeEach, describe, expect, it } from "vitest";
import type { RouteHop } from "./index.ts";
import {
  type Arbitrage,
  balanceOf,
  hop,
  OWNER,
  openArbitrage,
  STRANGER,
  UNIT,
} from "./testing/openArbitrage.ts";

let a: Arbitrage;
let balancer: Balancer;
let [base, other]: EvmContract[] = [];
let pair: EvmContract;
let cheapV3: EvmContract;
let curve: EvmContract;
let weighted: EvmContract;

beforeEach(() => {
  a = openArbitrage();
  const { market } = a;
  [base, other] = [market.token(), market.token()].sort((x, y) => (x.address < y.address ? -1 : 1));
  // `other` costs 10 % less in `cheapV3` and the Balancer pool.
  pair = market.pairV2(base!, 1_000n * UNIT, other!, 1_000n * UNIT);
  cheapV3 = market.poolV3(3_000, base!, 1_000n * UNIT, other!, 1_100n * UNIT);
  curve = market.deploy("StableSwapPool", [
    [base!.address, other!.address],
    100n,
    4_000_000n,
    5_000_000_000n,
  ]);
  for (const token of [base!, other!]) token.do(market.admin, "mint", [curve.address, 1_000n * UNIT]);
  curve.do(market.admin, "take");
  balancer = openBalancer(market);
  weighted = balancer.create(UNIT / 1_000n, [base!, other!], [UNIT / 2n, UNIT / 2n]);
  balancer.fill(weighted, [
    [base!, 1_000n * UNIT],
    [other!, 1_100n * UNIT],
  ]);
});

const places = { base: 0, other: 1 } as const;
function curveHop(tokenIn: "base" | "other"): RouteHop {
  const [i, j] = [places[tokenIn], 1 - places[tokenIn]];
  const token = (tokenIn === "base" ? base : other)!;
  return {
    kind: "swapCurve",
    pool: curve.address,
    tokenIn: token.address,
    zeroForOne: false,
    feePpm: 0,
    coins: [i, j],
  };
}
const balancerHop = (tokenIn: EvmContract, pool = weighted): RouteHop => ({
  kind: "swapBalancer",
  pool: pool.address,
  tokenIn: tokenIn.address,
  zeroForOne: false,
  feePpm: 0,
});

function expectClean(): void {
  for (const token of [base!, other!]) {
    expect(balanceOf(token, a.arbitrageur)).toBe(0n);
    for (const spender of [curve.address, balancer.vault.address, weighted.address])
      expect(token.view("allowance", [a.arbitrageur.address, spender])).toBe(0n);
  }
}

describe("Arbitrageur", () => {
  it.each([
    ["v3 swap, Curve swap", () => [hop("swapV3", cheapV3, base!), curveHop("other")], 266_000n],
    ["v2 swap, Balancer swap", () => [hop("swapV2", pair, other!), balancerHop(base!)], 262_000n],
  ] as const)("ARB-3: %s", (_, hops, gasMax) => {
    const [first] = hops();
    const sent = a.execute(a.route(10n * UNIT, hops()));
    expect(sent.failure).toBe("");
    const token = first!.tokenIn === base!.address ? base! : other!;
    expect(balanceOf(token, OWNER)).toBe(BigInt(sent.output));
    expect(BigInt(sent.output)).toBeGreaterThan(UNIT / 2n);
    expect(sent.gasUsed).toBeLessThan(gasMax);
    expectClean();
  });

  it("ARB-3: a Balancer pool pays a pair directly", () => {
    const third = a.market.token();
    const thirdPair = a.market.pairV2(other!, 1_000n * UNIT, third, 1_000n * UNIT);
    const back = a.market.pairV2(third, 1_000n * UNIT, base!, 1_100n * UNIT);
    const hops = [hop("swapV2", back, third), balancerHop(base!), hop("swapV2", thirdPair, other!)];
    const sent = a.execute(a.route(UNIT, hops));
    expect(sent.failure).toBe("");
    expect(sent.logs.filter(({ address }) => address === other!.address)).toHaveLength(1);
    expect(balanceOf(third, OWNER)).toBe(BigInt(sent.output));
    expectClean();
  });

  const lentByPair = (debt: bigint, amountIn = 10n * UNIT) => ({
    ...a.route(amountIn, [balancerHop(base!), hop("swapV2", pair, other!)]),
    lender: { place: 1, amountIn: debt },
  });
  const givenBy = (amountIn: bigint): bigint => {
    const swap = {
      poolId: weighted.view("getPoolId"),
      kind: 0,
      assetIn: base!.address,
      assetOut: other!.address,
    };
    const funds = {
      sender: a.market.admin,
      fromInternalBalance: false,
      recipient: a.market.admin,
      toInternalBalance: false,
    };
    base!.do(a.market.admin, "mint", [a.market.admin, amountIn]);
    base!.do(a.market.admin, "approve", [balancer.vault.address, amountIn]);
    const args = [{ ...swap, amount: amountIn, userData: "0x" }, funds, 0n, 10n ** 18n];
    return balancer.vault.view("swap", args, a.market.admin);
  };

  it("ARB-3: a cycle whose first pool cannot lend starts at one that can, and the profit stays in its token", () => {
    const debt = givenBy(10n * UNIT);
    const reserve = 1_000n * UNIT;
    const charged = debt * 997_000n;
    const out = (charged * reserve) / (reserve * 1_000_000n + charged);
    const sent = a.execute({ ...lentByPair(debt), profitMin: out - 10n * UNIT });
    expect(sent.failure).toBe("");
    expect(BigInt(sent.output)).toBe(out - 10n * UNIT);
    expect(balanceOf(base!, OWNER)).toBe(out - 10n * UNIT);
    expect(balanceOf(other!, OWNER)).toBe(0n);
    expectClean();
  });

  it("ARB-3: tokens that the lender does not ask for go to the owner; asking too much reverts", () => {
    const debt = givenBy(10n * UNIT);
    const sent = a.execute(lentByPair(debt - UNIT / 10n));
    expect(sent.failure).toBe("");
    expect(balanceOf(other!, OWNER)).toBe(UNIT / 10n);
    expectClean();
    expect(a.execute(lentByPair(debt + 1n)).isReverted).toBe(true);
  });

  it("ARB-3: four pools of four kinds with a lender in the middle", () => {
    const third = a.market.token();
    const hops: RouteHop[] = [
      curveHop("other"),
      hop("swapV3", a.market.poolV3(500, base!, 1_000n * UNIT, third, 1_500n * UNIT), base!),
      hop("swapV2", a.market.pairV2(third, 1_000n * UNIT, base!, 1_000n * UNIT), third),
      balancerHop(base!),
    ];
    const amountIn = 2n * UNIT;
    const amountOfCurve: bigint = curve.view("get_dy", [1n, 0n, amountIn]);
    const route = { ...a.route(amountIn, hops), lender: { place: 1, amountIn: amountOfCurve } };
    const sent = a.execute(route);
    expect(sent.failure).toBe("");
    expect(balanceOf(other!, OWNER)).toBe(BigInt(sent.output));
    expect(balanceOf(base!, OWNER)).toBe(0n);
    expectClean();
  });
});

describe("attack: the attacker's own Curve and Balancer pools", () => {
  it("AllowanceLeft: a pool that does not use its allowance", () => {
    const liar = a.market.deploy("IdlePool");
    other!.do(a.market.admin, "mint", [a.arbitrageur.address, 100n * UNIT]);
    const hops = [hop("swapV3", cheapV3, base!), { ...curveHop("other"), pool: liar.address }];
    expect(a.execute(a.route(UNIT, hops)).failure).toBe(`allowanceleft(${liar.address})`);
    const own = [hop("swapV2", pair, other!), balancerHop(base!, liar)];
    expect(a.execute(a.route(UNIT, own)).failure).toBe(`allowanceleft(${liar.address})`);
    expect(balanceOf(other!, STRANGER)).toBe(0n);
  });
});
