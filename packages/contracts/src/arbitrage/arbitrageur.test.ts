import { beforeEach, describe, expect, it } from "vitest";
import { encodeExecute, type RouteHop } from "./index.ts";
import {
  type Arbitrage,
  balanceOf,
  EXECUTOR,
  type Gap,
  hop,
  OWNER,
  openArbitrage,
  openGap,
  STRANGER,
  UNIT,
} from "./testing/openArbitrage.ts";

let a: Arbitrage;
let gap: Gap;
beforeEach(() => {
  a = openArbitrage();
  gap = openGap(a);
});

function cycles({ base, other, dearV2, cheapV3, dearV3, lenderV2, lenderV3 }: Gap) {
  return {
    "v3 swap, v2 swap": [hop("swapV3", cheapV3, base), hop("swapV2", dearV2, other)],
    "v3 swap, v3 swap": [hop("swapV3", cheapV3, base), hop("swapV3", dearV3, other)],
    "v2 loan, v3 swap, v2 swap": [
      hop("loanV2", lenderV2, base),
      hop("swapV3", cheapV3, base),
      hop("swapV2", dearV2, other),
    ],
    "v3 loan, v3 swap, v3 swap": [
      hop("loanV3", lenderV3, base),
      hop("swapV3", cheapV3, base),
      hop("swapV3", dearV3, other),
    ],
  } satisfies Record<string, readonly RouteHop[]>;
}

describe("Arbitrageur", () => {
  it.each([
    ["v3 swap, v2 swap", 218_000n],
    ["v3 swap, v3 swap", 244_000n],
    ["v2 loan, v3 swap, v2 swap", 288_000n],
    ["v3 loan, v3 swap, v3 swap", 320_000n],
  ] as const)("ARB-3: %s", (name, gasMax) => {
    const route = a.route(10n * UNIT, cycles(gap)[name]);
    const sent = a.execute(route);
    expect(sent.failure).toBe("");
    const profit = BigInt(sent.output);
    expect(profit).toBeGreaterThan(UNIT / 2n);
    expect(balanceOf(gap.base, OWNER)).toBe(profit);
    for (const token of [gap.base, gap.other]) expect(balanceOf(token, a.arbitrageur)).toBe(0n);
    expect(sent.gasUsed).toBeLessThan(gasMax);
  });

  it("ARB-3: v2 swap, v3 swap and v2 swap, v2 swap, v3 swap", () => {
    const { base, other, cheapV3, dearV2 } = gap;
    const sent = a.execute(a.route(10n * UNIT, [hop("swapV2", dearV2, other), hop("swapV3", cheapV3, base)]));
    expect(sent.failure).toBe("");
    expect(balanceOf(other, OWNER)).toBe(BigInt(sent.output));
    const third = a.market.token();
    const first = a.market.pairV2(other, 1_000n * UNIT, third, 1_100n * UNIT);
    const second = a.market.pairV2(third, 1_000n * UNIT, base, 1_000n * UNIT);
    const hops = [hop("swapV2", first, other), hop("swapV2", second, third), hop("swapV3", cheapV3, base)];
    expect(a.execute(a.route(UNIT, hops)).failure).toBe("");
  });

  it("ARB-3: four hops over three tokens, with pairs paid directly by the pool before them", () => {
    const { base, other, third, cheapV3, dearV2, lenderV2 } = gap;
    const otherThird = a.market.pairV2(other, 1_000n * UNIT, third, 1_000n * UNIT);
    const fourth = a.market.token();
    const thirdFourth = a.market.poolV3(500, third, 1_000n * UNIT, fourth, 1_000n * UNIT);
    const fourthBase = a.market.pairV2(fourth, 1_000n * UNIT, base, 1_000n * UNIT);
    const hops = [
      hop("swapV3", cheapV3, base),
      hop("swapV2", otherThird, other),
      hop("swapV3", thirdFourth, third),
      hop("swapV2", fourthBase, fourth),
    ];
    const sent = a.execute(a.route(UNIT, hops));
    expect(sent.failure).toBe("");
    for (const token of [base, other, third, fourth]) expect(balanceOf(token, a.arbitrageur)).toBe(0n);
    expect(dearV2.address).not.toBe(lenderV2.address);
  });

  it("ARB-4: NotExecutor", () => {
    const route = a.route(UNIT, cycles(gap)["v3 swap, v2 swap"]);
    for (const from of [STRANGER, OWNER]) expect(a.execute(route, from).failure).toBe(`notexecutor(${from})`);
    a.arbitrageur.do(OWNER, "setExecutor", [EXECUTOR, false]);
    expect(a.execute(route).failure).toBe(`notexecutor(${EXECUTOR})`);
  });

  it("ARB-4: only the owner sets executors, rescues and transfers ownership, in two steps; renouncing is impossible", () => {
    const { arbitrageur, market } = a;
    const refusal = `ownableunauthorizedaccount(${STRANGER})`;
    expect(arbitrageur.send(STRANGER, "setExecutor", [STRANGER, true]).failure).toBe(refusal);
    expect(arbitrageur.send(STRANGER, "rescue", [gap.base.address, STRANGER, 0n]).failure).toBe(refusal);
    expect(arbitrageur.send(STRANGER, "transferOwnership", [STRANGER]).failure).toBe(refusal);
    expect(arbitrageur.send(OWNER, "renounceOwnership").failure).toBe("ownerrequired()");
    arbitrageur.do(OWNER, "transferOwnership", [STRANGER]);
    expect(arbitrageur.view<string>("owner").toLowerCase()).toBe(OWNER);
    arbitrageur.do(STRANGER, "acceptOwnership");
    expect(arbitrageur.view<string>("owner").toLowerCase()).toBe(STRANGER);
    gap.base.do(market.admin, "mint", [arbitrageur.address, 5n]);
    arbitrageur.do(STRANGER, "rescue", [gap.base.address, OWNER, 5n]);
    expect(balanceOf(gap.base, OWNER)).toBe(5n);
  });

  it("ARB-9: the owner rescues coins forced into it; coins cannot be sent", () => {
    const { arbitrageur, market } = a;
    const { state } = market.chain;
    state.setBalance(STRANGER, 10n);
    expect(market.chain.send(STRANGER, arbitrageur.address, "0x", { value: 1n }).isReverted).toBe(true);
    const { nonce, codeHash } = state.account(arbitrageur.address)!;
    state.apply({
      accounts: new Map([[arbitrageur.address, { nonce, codeHash, balance: 7n }]]),
      storage: new Map(),
      storageCleared: new Set(),
      codes: new Map(),
    });
    arbitrageur.do(OWNER, "rescue", [`0x${"00".repeat(20)}`, OWNER, 7n]);
    expect(state.account(OWNER)!.balance).toBe(7n);
  });

  it("ARB-5: ProfitTooLow by one base unit", () => {
    const hops = cycles(gap)["v3 swap, v2 swap"];
    const { chain } = a.market;
    const route = a.route(10n * UNIT, hops);
    const would = chain.call(EXECUTOR, a.arbitrageur.address, encodeExecute(route));
    const profit = BigInt(would.output);
    const tooMuch = a.execute({ ...route, profitMin: profit + 1n });
    expect(tooMuch.failure).toBe(`profittoolow(${profit},${profit + 1n})`);
    expect(balanceOf(gap.base, OWNER)).toBe(0n);
    expect(a.execute({ ...route, profitMin: profit })).toMatchObject({ failure: "", output: would.output });
  });

  it("ARB-6: DeadlinePassed", () => {
    const route = a.route(UNIT, cycles(gap)["v3 swap, v2 swap"]);
    const late = { ...route, deadlineSeconds: route.deadlineSeconds - 1 };
    expect(a.execute(late).failure).toBe("deadlinepassed()");
    expect(a.execute(route).failure).toBe("");
  });

  it("ARB-7: BlockUnexpected, after the window and before the anchor", () => {
    const { chain } = a.market;
    const deadlineSeconds = Number(chain.timestamp) + 1_000;
    const route = a.route(UNIT, cycles(gap)["v3 swap, v2 swap"], { windowBlocks: 2, deadlineSeconds });
    const byNumber = { ...route, anchor: { number: route.anchor.number, hash: undefined } };
    const unborn = { ...byNumber, anchor: { number: Number(chain.number), hash: undefined } };
    expect(a.execute(unborn).failure).toBe("blockunexpected()");
    chain.pass(2n);
    for (const late of [route, byNumber]) expect(a.execute(late).failure).toBe("blockunexpected()");
    chain.number -= 1n;
    for (const timely of [route, byNumber]) expect(a.execute(timely).failure).toBe("");
  });
});
