import { beforeEach, describe, expect, it } from "vitest";
import { encodeExecute } from "./index.ts";
import { attacksOf, expectUntouched, paying } from "./testing/attacks.ts";
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

describe("attack: poisoned tokens", () => {
  function poisoned(kind: Parameters<typeof openGap>[1]): Gap {
    gap = openGap(a, kind);
    return gap;
  }
  const routes = (of: Gap) => ({
    "by v3 and v2": paying(of),
    "by v3 and v3": [hop("swapV3", of.cheapV3, of.base), hop("swapV3", of.dearV3, of.other)],
    "by a loan": [hop("loanV2", of.lenderV2, of.base), ...paying(of)],
  });
  const NAMES = ["by v3 and v2", "by v3 and v3", "by a loan"] as const;

  it.each(NAMES)("a transfer fee reverts, for an intermediate token and for the profit token: %s", (name) => {
    for (const side of ["other", "base"] as const) {
      const of = poisoned({ [side]: "FeeToken" });
      of[side].do(STRANGER, "setOn", [true]);
      expectUntouched(a, gap, a.execute(a.route(UNIT, routes(of)[name])));
      of[side].do(STRANGER, "setOn", [false]);
      expect(a.execute(a.route(UNIT, routes(of)[name])).failure).toBe("");
    }
  });

  it.each(NAMES)("a blacklist with the contract, a pool or the owner, and a pause: %s", (name) => {
    const of = poisoned({ base: "BlockingToken" });
    for (const account of [a.arbitrageur.address, of.cheapV3.address, OWNER]) {
      of.base.do(STRANGER, "setBlocked", [account, true]);
      expectUntouched(a, gap, a.execute(a.route(UNIT, routes(of)[name])));
      of.base.do(STRANGER, "setBlocked", [account, false]);
    }
    of.base.do(STRANGER, "setPaused", [true]);
    expectUntouched(a, gap, a.execute(a.route(UNIT, routes(of)[name])));
  });

  it.each(NAMES)("balances that shrink with each transfer: %s", (name) => {
    for (const side of ["other", "base"] as const) {
      const of = poisoned({ [side]: "RebasingToken" });
      of[side].do(STRANGER, "setFactorOnTransfer", [UNIT - UNIT / 50n]);
      expectUntouched(a, gap, a.execute(a.route(UNIT, routes(of)[name])));
    }
  });

  it("balances that grow during the trade: the growth goes to the owner, except for rounding", () => {
    const of = poisoned({ base: "RebasingToken" });
    of.base.do(STRANGER, "setFactorOnTransfer", [UNIT + UNIT / 50n]);
    const sent = a.execute(a.route(UNIT, paying(of)));
    expect(sent.failure).toBe("");
    expect(balanceOf(of.base, OWNER)).toBeGreaterThan(0n);
    expect(balanceOf(of.base, a.arbitrageur)).toBeLessThan(3n);
  });

  it("a honeypot, which can be bought but not sold", () => {
    const of = poisoned({ other: "HoneypotToken" });
    of.other.do(STRANGER, "setPool", [of.dearV2.address]);
    of.other.do(STRANGER, "setOn", [true]);
    expectUntouched(a, gap, a.execute(a.route(UNIT, paying(of))));
  });

  it.each(["other", "base"] as const)(
    "re-entrance from the transfer of %s, even if the sender is an executor",
    (side) => {
      const of = poisoned({ [side]: "ReentrantToken" });
      const token = of[side];
      a.arbitrageur.do(OWNER, "setExecutor", [token.address, true]);
      const inner = encodeExecute(a.route(UNIT, paying(of), { profitMin: 0n }));
      for (const data of [inner, a.arbitrageur.encode("rescue", [of.base.address, STRANGER, 1n])]) {
        token.do(STRANGER, "arm", [a.arbitrageur.address, data]);
        const sent = a.execute(a.route(UNIT, paying(of)));
        expect(sent.failure).toBe("");
        const attacks = attacksOf(token, sent);
        expect(attacks.length).toBeGreaterThan(0);
        expect(attacks.every((isSuccess) => !isSuccess)).toBe(true);
        for (const each of [of.base, of.other]) expect(balanceOf(each, a.arbitrageur)).toBe(0n);
      }
    },
  );

  it("re-entrance by a token that is the owner: nothing is rescued during a trade", () => {
    const of = poisoned({ other: "ReentrantToken" });
    const token = of.other;
    a.arbitrageur.do(OWNER, "transferOwnership", [token.address]);
    token.do(STRANGER, "arm", [a.arbitrageur.address, a.arbitrageur.encode("acceptOwnership")]);
    token.do(STRANGER, "mint", [STRANGER, 1n]);
    expect(a.arbitrageur.view<string>("owner").toLowerCase()).toBe(token.address);
    const rescue = a.arbitrageur.encode("rescue", [of.base.address, STRANGER, 0n]);
    token.do(STRANGER, "arm", [a.arbitrageur.address, rescue]);
    const sent = a.execute(a.route(UNIT, paying(of)));
    expect(sent.failure).toBe("");
    expect(attacksOf(token, sent)).toEqual([false]);
  });

  it("re-entrance into a pool of the route: skim and sync gain the attacker nothing", () => {
    const of = poisoned({ other: "ReentrantToken" });
    for (const data of [of.dearV2.encode("skim", [STRANGER]), of.dearV2.encode("sync", [])]) {
      of.other.do(STRANGER, "arm", [of.dearV2.address, data]);
      const sent = a.execute(a.route(UNIT, paying(of)));
      expectUntouched(a, gap, sent);
    }
  });

  it("a token that burns all gas costs only the gas limit", () => {
    const of = poisoned({ other: "GasBurningToken" });
    of.other.do(STRANGER, "setOn", [true]);
    const gasLimit = 400_000n;
    const data = encodeExecute(a.route(UNIT, paying(of)));
    const sent = a.market.chain.send(EXECUTOR, a.arbitrageur.address, data, { gasLimit });
    expectUntouched(a, gap, sent);
    expect(sent.gasUsed).toBeLessThanOrEqual(gasLimit);
  });

  it("answers of a megabyte and a false without effect revert; no answer, as of Tether, is accepted", () => {
    const odd = a.market.token("OddAnswerToken");
    const cheap = a.market.pairV2(gap.base, 1_000n * UNIT, odd, 1_100n * UNIT);
    const dear = a.market.pairV2(odd, 1_000n * UNIT, gap.third, 1_000n * UNIT);
    const hops = [
      hop("swapV2", cheap, gap.base),
      hop("swapV2", dear, odd),
      hop("swapV3", gap.lenderV3, gap.third),
    ];
    const data = encodeExecute(a.route(UNIT, hops));
    for (const [answer, isReverted] of [
      [0n, false],
      [1n, true],
      [2n, true],
    ] as const) {
      odd.do(STRANGER, "setAnswer", [answer]);
      const sent = a.market.chain.send(EXECUTOR, a.arbitrageur.address, data, { gasLimit: 600_000n });
      expect(sent.isReverted).toBe(isReverted);
      expect(balanceOf(odd, a.arbitrageur)).toBe(0n);
    }
  });
});
