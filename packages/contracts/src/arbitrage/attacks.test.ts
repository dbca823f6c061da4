import { bytesToHex } from "@trellis/base";
import { keccak256 } from "@trellis/crypto";
import type { EvmContract, Sent } from "@trellis/market";
import type { Address } from "@trellis/protocol";
import { toEventSelector } from "viem";
import { beforeEach, describe, expect, it } from "vitest";
import { Arbitrageur, encodeExecute, encodeRoute, type RouteHop } from "./index.ts";
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

const HEADER_BYTES = 59;
const EMPTY = "0x";
let a: Arbitrage;
let gap: Gap;
let callbackRefusal = "";
beforeEach(() => {
  a = openArbitrage();
  gap = openGap(a);
  callbackRefusal = `callbackunexpected(${STRANGER})`;
});

const callbacks = (data: string) =>
  [
    ["uniswapV2Call", [STRANGER, UNIT, 0n, data]],
    ["uniswapV2Call", [a.arbitrageur.address, UNIT, 0n, data]],
    ["uniswapV3SwapCallback", [UNIT, -UNIT, data]],
    ["uniswapV3FlashCallback", [1n, 1n, data]],
  ] as const;

const tradeOf = (hops: readonly RouteHop[], amountIn = UNIT) =>
  `0x${encodeRoute(a.route(amountIn, hops)).slice(2 + 2 * HEADER_BYTES)}`;

describe("attack: a stranger calls the swap callbacks", () => {
  it("directly, with any data, while the contract holds tokens", () => {
    gap.base.do(a.market.admin, "mint", [a.arbitrageur.address, 10n * UNIT]);
    const pay = hop("swapV3", gap.cheapV3, gap.base);
    for (const data of [EMPTY, tradeOf(paying(gap)), tradeOf([pay, { ...pay, pool: STRANGER }])]) {
      for (const [name, args] of callbacks(data))
        expect(a.arbitrageur.send(STRANGER, name, args).failure).toBe(callbackRefusal);
    }
    expect(balanceOf(gap.base, a.arbitrageur)).toBe(10n * UNIT);
  });

  it("through a real pair, whose swap to the contract anyone may start", () => {
    const { dearV2 } = gap;
    gap.base.do(a.market.admin, "mint", [a.arbitrageur.address, 10n * UNIT]);
    const data = tradeOf([hop("loanV2", dearV2, gap.base), ...paying(gap)]);
    const sent = dearV2.send(STRANGER, "swap", [UNIT, 0n, a.arbitrageur.address, data]);
    expect(sent.failure).toBe(`callbackunexpected(${dearV2.address})`);
    const flash = gap.lenderV3.send(STRANGER, "flash", [a.arbitrageur.address, 0n, 0n, data]);
    // V3 pools call their caller, not the recipient.
    expect(flash.isReverted).toBe(true);
  });

  it("from an own pool without a factory", () => {
    const pool = a.market.deploy("LyingPool");
    gap.base.do(a.market.admin, "mint", [a.arbitrageur.address, 10n * UNIT]);
    const own = { ...hop("swapV3", gap.cheapV3, gap.base), pool: pool.address };
    const { chain } = a.market;
    for (const [name, args] of callbacks(tradeOf([own, own]))) {
      const sent = chain.call(pool.address, a.arbitrageur.address, a.arbitrageur.encode(name, args));
      expect(sent.failure).toBe(`callbackunexpected(${pool.address})`);
    }
  });

  it("during a trade, from within a token's transfer, with the expected data", () => {
    const other = a.market.token("ReentrantToken");
    const cheap = a.market.poolV3(3_000, gap.base, 1_000n * UNIT, other, 1_100n * UNIT);
    const dear = a.market.pairV2(gap.base, 1_000n * UNIT, other, 1_000n * UNIT);
    const hops = [hop("swapV3", cheap, gap.base), hop("swapV2", dear, other)];
    for (const [name, args] of callbacks(tradeOf(hops))) {
      other.do(STRANGER, "arm", [a.arbitrageur.address, a.arbitrageur.encode(name, args)]);
      const sent = a.execute(a.route(UNIT, hops));
      expect(sent.failure).toBe("");
      expect(attacksOf(other, sent)).toEqual([false]);
    }
  });
});

describe("attack: the attacker's own pools in a route", () => {
  const withPool = (pool: EvmContract): RouteHop[] => [
    { ...hop("swapV3", gap.cheapV3, gap.base), pool: pool.address },
    hop("swapV2", gap.dearV2, gap.other),
  ];

  it("that ask for more than offered", () => {
    const pool = a.market.deploy("LyingPool");
    gap.base.do(a.market.admin, "mint", [a.arbitrageur.address, 10n * UNIT]);
    const { zeroForOne } = withPool(pool)[0]!;
    for (const asked of [2n * UNIT, UNIT - 1n, 0n, -UNIT, 2n ** 255n - 1n]) {
      pool.do(STRANGER, "setAnswer", zeroForOne ? [asked, -UNIT, 1n] : [-UNIT, asked, 1n]);
      expect(a.execute(a.route(UNIT, withPool(pool))).failure).toBe(`paymentunexpected(${asked},${UNIT})`);
    }
    expect(balanceOf(gap.base, a.arbitrageur)).toBe(10n * UNIT);
  });

  it("that pay nothing, or claim absurd amounts", () => {
    const pool = a.market.deploy("LyingPool");
    const { zeroForOne } = withPool(pool)[0]!;
    const claim = (delta: bigint): Sent => {
      pool.do(STRANGER, "setAnswer", zeroForOne ? [UNIT, delta, 1n] : [delta, UNIT, 1n]);
      return a.execute(a.route(UNIT, withPool(pool)));
    };
    for (const delta of [0n, 1n, UNIT])
      expect(claim(delta).failure).toBe(`paymentunexpected(${UNIT},${-delta})`);
    for (const delta of [-(2n ** 255n), -(2n ** 255n - 1n), -(2n ** 128n)])
      expectUntouched(a, gap, claim(delta));
  });

  it("that do not call back, call back twice, or with other data", () => {
    const pool = a.market.deploy("LyingPool");
    const { zeroForOne } = withPool(pool)[0]!;
    const answer = (count: bigint) =>
      pool.do(STRANGER, "setAnswer", zeroForOne ? [UNIT, -UNIT, count] : [-UNIT, UNIT, count]);
    answer(0n);
    const route = a.route(UNIT, withPool(pool));
    expect(a.execute(route).failure).toBe(`callbackmissing(${pool.address})`);
    const loan = { ...hop("loanV3", gap.lenderV3, gap.base), pool: pool.address };
    expect(a.execute(a.route(UNIT, [loan, ...paying(gap)])).failure).toBe(`callbackmissing(${pool.address})`);
    answer(1n);
    pool.do(STRANGER, "setChangedData", [tradeOf(paying(gap), 5n * UNIT)]);
    expect(a.execute(route).failure).toBe(`callbackunexpected(${pool.address})`);
    pool.do(STRANGER, "setChangedData", [EMPTY]);
    answer(2n);
    gap.other.do(a.market.admin, "mint", [gap.dearV2.address, UNIT]);
    gap.base.do(a.market.admin, "mint", [a.arbitrageur.address, 10n * UNIT]);
    expect(a.execute(route).failure).toBe(`callbackunexpected(${pool.address})`);
  });

  it("that call back differently than they were called", () => {
    const pool = a.market.deploy("LyingPool");
    const loan = { ...hop("loanV3", gap.lenderV3, gap.base), pool: pool.address };
    pool.do(STRANGER, "setAnswer", loan.zeroForOne ? [UNIT, -UNIT, 1n] : [-UNIT, UNIT, 1n]);
    pool.do(STRANGER, "setCallsOther", [true]);
    const sent = a.execute(a.route(UNIT, [loan, ...paying(gap)]));
    expect(sent.failure).toBe(`callbackunexpected(${pool.address})`);
  });

  it("that lend with a fee that consumes everything", () => {
    const pool = a.market.deploy("LyingPool");
    pool.do(STRANGER, "setAnswer", [0n, 0n, 1n]);
    pool.do(STRANGER, "setFlashFee", [10n * UNIT]);
    gap.base.do(a.market.admin, "mint", [a.arbitrageur.address, 20n * UNIT]);
    const loan = { ...hop("loanV3", gap.lenderV3, gap.base), pool: pool.address };
    expect(a.execute(a.route(UNIT, [loan, ...paying(gap)])).failure).toMatch(/^profittoolow/);
    expect(balanceOf(gap.base, a.arbitrageur)).toBe(20n * UNIT);
  });

  it("that report false reserves: zero, dust, the maximum", () => {
    const [token0, token1] = [gap.base, gap.other].sort((x, y) => (x.address < y.address ? -1 : 1));
    const pair = a.market.deploy("LyingPair", [token0!.address, token1!.address]);
    gap.base.do(a.market.admin, "mint", [pair.address, 5n]);
    const most = 2n ** 112n - 1n;
    const hops = (): RouteHop[] => [
      hop("swapV3", gap.cheapV3, gap.base),
      { ...hop("swapV2", gap.dearV2, gap.other), pool: pair.address },
    ];
    for (const reserves of [
      [0n, 0n],
      [1n, 1n],
      [most, most],
      [most, 1n],
      [1n, most],
    ]) {
      pair.do(STRANGER, "setReserves", reserves);
      expectUntouched(a, gap, a.execute(a.route(UNIT, hops())));
    }
  });
});

describe("attack: arbitrary calls", () => {
  it("the contract has no function with arbitrary calls, and no fallback", () => {
    const names = Arbitrageur.abi.flatMap((entry) => (entry.type === "function" ? [entry.name] : []));
    expect(names.sort()).toEqual([
      "acceptOwnership",
      "execute",
      "isExecutor",
      "owner",
      "pendingOwner",
      "renounceOwnership",
      "rescue",
      "setExecutor",
      "transferOwnership",
      "uniswapV2Call",
      "uniswapV3FlashCallback",
      "uniswapV3SwapCallback",
    ]);
    expect(
      Arbitrageur.abi.some(({ type }) => (type as string) === "fallback" || (type as string) === "receive"),
    ).toBe(false);
    expect(
      Arbitrageur.abi.some(
        (entry) => "stateMutability" in entry && entry.stateMutability === ("payable" as string),
      ),
    ).toBe(false);
    // DELEGATECALL, CALLCODE, SELFDESTRUCT, CREATE, CREATE2
    expect(
      opcodesOf(Arbitrageur.runtimeBytecode).filter((code) => [0xf4, 0xf2, 0xff, 0xf0, 0xf5].includes(code)),
    ).toEqual([]);
  });

  it("a stolen executor's key takes nothing with a route that names a token as a pool", () => {
    const { base } = gap;
    base.do(a.market.admin, "mint", [a.arbitrageur.address, 10n * UNIT]);
    const asPool = (kind: RouteHop["kind"]): RouteHop => ({
      kind,
      pool: base.address,
      tokenIn: base.address,
      zeroForOne: true,
      feePpm: 0,
    });
    for (const kind of ["swapV2", "swapV3", "loanV2", "loanV3"] as const) {
      const sent = a.execute(a.route(UNIT, [asPool(kind), hop("swapV2", gap.dearV2, base)]));
      expect(sent.isReverted).toBe(true);
    }
    expect(balanceOf(base, a.arbitrageur)).toBe(10n * UNIT);
  });
});

describe("attack: public approvals and remaining allowances", () => {
  const approval = toEventSelector("Approval(address,address,uint256)");
  it("trades at pairs and v3 pools approve nothing, and no allowance remains after them", () => {
    const loan = hop("loanV2", gap.lenderV2, gap.base);
    const trades = [paying(gap), [loan, ...paying(gap)]];
    for (const hops of trades) {
      const sent = a.execute(a.route(UNIT, hops));
      expect(sent.failure).toBe("");
      expect(sent.logs.filter(({ topics }) => topics[0] === approval)).toEqual([]);
    }
    const pools = [gap.cheapV3, gap.dearV2, gap.lenderV2].map(({ address }) => address);
    for (const token of [gap.base, gap.other]) {
      for (const spender of [...pools, EXECUTOR, STRANGER, OWNER])
        expect(token.view("allowance", [a.arbitrageur.address, spender])).toBe(0n);
    }
  });

  it("the code has no selector of increaseAllowance, permit or transferFrom", () => {
    for (const signature of [
      "increaseAllowance(address,uint256)",
      "permit(address,address,uint256,uint256,uint8,bytes32,bytes32)",
      "setApprovalForAll(address,bool)",
      "transferFrom(address,address,uint256)",
    ])
      expect(Arbitrageur.runtimeBytecode).not.toContain(selectorOf(signature));
  });
});

describe("attack: theft of idle balances", () => {
  it("the contract's own balance does not count as profit", () => {
    gap.base.do(a.market.admin, "mint", [a.arbitrageur.address, 10n * UNIT]);
    const { base, other, cheapV3, dearV2 } = gap;
    const losing = [hop("swapV2", dearV2, base), hop("swapV3", cheapV3, other)];
    const sent = a.execute(a.route(UNIT, losing, { profitMin: 0n }));
    expect(sent.failure).toMatch(/^profittoolow/);
    expect(balanceOf(base, a.arbitrageur)).toBe(10n * UNIT);
  });

  it("a trade sends the contract's balance to the owner, and nothing remains", () => {
    gap.base.do(a.market.admin, "mint", [a.arbitrageur.address, 10n * UNIT]);
    const sent = a.execute(a.route(UNIT, paying(gap)));
    expect(balanceOf(gap.base, OWNER)).toBe(BigInt(sent.output) + 10n * UNIT);
    expect(balanceOf(gap.base, a.arbitrageur)).toBe(0n);
  });
});

describe("attack: the same pool twice", () => {
  it("as lender and as hop: the pools' own locks refuse", () => {
    const { base, other, cheapV3, dearV2 } = gap;
    const v2Twice = [hop("loanV2", dearV2, base), hop("swapV3", cheapV3, base), hop("swapV2", dearV2, other)];
    expect(a.execute(a.route(UNIT, v2Twice)).failure).toBe("UniswapV2: LOCKED");
    const v3Twice = [
      hop("loanV3", cheapV3, base),
      hop("swapV3", cheapV3, base),
      hop("swapV2", dearV2, other),
    ];
    expect(a.execute(a.route(UNIT, v3Twice)).failure).toBe("LOK");
    for (const [pool, token] of [
      [cheapV3, base],
      [dearV2, other],
    ] as const)
      expect(balanceOf(token, pool)).toBeGreaterThan(0n);
  });

  it("twice in sequence, on borrowed money: the second swap sees the effects of the first", () => {
    const { base, other, cheapV3, dearV2, lenderV2 } = gap;
    const once = [hop("swapV3", cheapV3, base), hop("swapV2", dearV2, other)];
    const loan = hop("loanV2", lenderV2, base);
    const { chain } = a.market;
    const profitOf = (hops: RouteHop[]) =>
      BigInt(chain.call(EXECUTOR, a.arbitrageur.address, encodeExecute(a.route(20n * UNIT, hops))).output);
    const single = profitOf([loan, ...once]);
    const twice = a.execute(a.route(20n * UNIT, [loan, ...once, ...once]));
    expect(twice.failure).toBe("");
    expect(BigInt(twice.output)).toBeLessThan(2n * single);
    expect(balanceOf(base, OWNER)).toBe(BigInt(twice.output));
  });
});

describe("attack: state of a reorganised block", () => {
  it("a route bound to the block's hash does nothing on another branch", () => {
    const route = a.route(UNIT, paying(gap));
    a.market.chain.fork += 1;
    expect(a.execute(route).failure).toBe("blockunexpected()");
    a.market.chain.fork -= 1;
    expect(a.execute(route).failure).toBe("");
  });

  it("nor after 256 blocks, when the chain no longer knows the hash", () => {
    const { chain } = a.market;
    const route = a.route(UNIT, paying(gap), {
      windowBlocks: 255,
      deadlineSeconds: Number(chain.timestamp) + 999,
    });
    chain.pass(300n);
    expect(a.execute(route).failure).toBe("blockunexpected()");
  });
});

describe("attack: rounding in the contract's favour", () => {
  it("a pair pays the requested amount, and would refuse one base unit more", () => {
    const { base, other } = gap;
    for (const amountIn of [1_000n, 999_983n, UNIT / 3n, UNIT + 1n]) {
      const [reserve0, reserve1] = gap.dearV2.view<[bigint, bigint]>("getReserves");
      const isZeroForOne = hop("swapV2", gap.dearV2, other).zeroForOne;
      const [reserveIn, reserveOut] = isZeroForOne ? [reserve0, reserve1] : [reserve1, reserve0];
      const amountOut = (amountIn * 997n * reserveOut) / (reserveIn * 1_000n + amountIn * 997n);
      other.do(a.market.admin, "mint", [gap.dearV2.address, amountIn]);
      const swap = (out: bigint) => (isZeroForOne ? [0n, out, STRANGER, EMPTY] : [out, 0n, STRANGER, EMPTY]);
      expect(gap.dearV2.send(STRANGER, "swap", swap(amountOut + 1n)).failure).toBe("UniswapV2: K");
      gap.dearV2.do(STRANGER, "swap", swap(amountOut));
      expect(balanceOf(base, STRANGER)).toBeGreaterThan(0n);
    }
  });

  it("the repayment to a pair is rounded up: one base unit less would be refused", () => {
    for (const amountIn of [997n, 998n, 1_000_003n, UNIT]) {
      const before = balanceOf(gap.base, gap.lenderV2);
      const sent = a.execute(
        a.route(amountIn, [hop("loanV2", gap.lenderV2, gap.base), ...paying(gap)], { profitMin: 0n }),
      );
      expect(sent.failure).toBe("");
      const paid = balanceOf(gap.base, gap.lenderV2) - before + amountIn;
      expect(paid).toBe((amountIn * 1_000n + 996n) / 997n);
    }
  });
});

describe("invalid routes", () => {
  it("RouteInvalid: too short, a broken hop, an unknown kind, a loan at a later hop", () => {
    const route = encodeRoute(a.route(UNIT, paying(gap)));
    const send = (encoded: string) => a.arbitrageur.send(EXECUTOR, "execute", [encoded]).failure;
    expect(send(EMPTY)).toBe("routeinvalid()");
    expect(send(route.slice(0, -2))).toBe("routeinvalid()");
    expect(send(route.slice(0, -2 * 44))).toBe("routeinvalid()");
    expect(send(`${route}00`)).toBe("routeinvalid()");
    const firstHop = 2 + 2 * (HEADER_BYTES + 33);
    const withFlags = (place: number, flags: string) =>
      route.slice(0, firstHop + 88 * place) + flags + route.slice(firstHop + 88 * place + 2);
    for (const flags of ["08", "0a", "0c", "ff"]) expect(send(withFlags(0, flags))).toBe("routeinvalid()");
    for (const flags of ["04", "06", "0c", "ff"]) expect(send(withFlags(1, flags))).toBe("routeinvalid()");
    const start = 2 + 2 * (HEADER_BYTES + 16);
    expect(send(`${route.slice(0, start)}02${route.slice(start + 2)}`)).toBe("routeinvalid()");
  });

  it("a pool without code", () => {
    const nobody: Address = `0x${"77".repeat(20)}`;
    for (const kind of ["swapV2", "swapV3", "loanV2", "loanV3"] as const) {
      const first: RouteHop = { kind, pool: nobody, tokenIn: gap.base.address, zeroForOne: true, feePpm: 0 };
      expectUntouched(a, gap, a.execute(a.route(UNIT, [first, hop("swapV2", gap.dearV2, gap.base)])));
    }
  });
});

function selectorOf(signature: string): string {
  return bytesToHex(keccak256(new TextEncoder().encode(signature)).subarray(0, 4)).slice(2);
}

function opcodesOf(code: string): number[] {
  const bytes = Buffer.from(code.slice(2), "hex");
  const found: number[] = [];
  for (let at = 0; at < bytes.length; at += 1) {
    const opcode = bytes[at]!;
    found.push(opcode);
    if (opcode >= 0x60 && opcode <= 0x7f) at += opcode - 0x5f;
  }
  return found;
}
