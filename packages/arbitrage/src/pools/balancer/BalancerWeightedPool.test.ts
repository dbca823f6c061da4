import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addressOf, POOL, TOKEN_0, TOKEN_1, TOKEN_2 } from "../testing/addresses.ts";
import { codeOf } from "../testing/codeOf.ts";
import { outputAlong } from "../testing/outputAlong.ts";
import { BalancerWeightedPool, type BalancerWeightedState } from "./BalancerWeightedPool.ts";
import { exponential, logarithm, power } from "./logExpMath.ts";

const ONE = 10n ** 18n;
const STATE: BalancerWeightedState = {
  vault: addressOf(0xba),
  address: POOL,
  tokens: [TOKEN_0, TOKEN_1],
  balances: [10n ** 24n, 3n * 10n ** 12n],
  weights: [(8n * ONE) / 10n, (2n * ONE) / 10n],
  decimals: [18, 6],
  fee: 3n * 10n ** 15n,
  hasExactPowers: true,
};

type Answer = readonly [
  hasExactPowers: boolean,
  fee: bigint,
  weights: readonly [bigint, bigint],
  decimals: readonly [number, number],
  balances: readonly [bigint, bigint],
  direction: "in" | "out",
  amount: bigint,
  answer: bigint,
];

/**
 * `onSwap` results of tasks 20210418-weighted-pool and 20230206-weighted-pool-v3 of
 * @balancer-labs/v2-deployments 3.2.0.
 */
const ANSWERS: readonly Answer[] = [
  [
    false,
    51207000000000000n,
    [500000000000000000n, 500000000000000000n],
    [6, 18],
    [133928206517848461926263362060121n, 138018n],
    "out",
    18381n,
    21687235828512531548758292605196n,
  ],
  [
    true,
    48673000000000000n,
    [481380000000000000n, 518620000000000000n],
    [8, 18],
    [339322n, 33314944089571054167653261655613n],
    "in",
    6237n,
    531718493230925540425861065957n,
  ],
  [
    false,
    51207000000000000n,
    [500000000000000000n, 500000000000000000n],
    [18, 6],
    [138018n, 133928206517848461926263362060121n],
    "in",
    16n,
    14553933462163726778658960419n,
  ],
  [
    true,
    48673000000000000n,
    [481380000000000000n, 518620000000000000n],
    [8, 18],
    [339322n, 33314944089571054167653261655613n],
    "in",
    14n,
    1184658469517986356851246762n,
  ],
  [
    false,
    99583000000000000n,
    [200000000000000000n, 800000000000000000n],
    [0, 18],
    [21460324141137005499891766908884n, 6998953951993n],
    "out",
    79468590n,
    1082498447186807631325581910n,
  ],
  [
    true,
    454000000000000n,
    [921400000000000000n, 78600000000000000n],
    [18, 6],
    [16288911183215717519142506078n, 16541043563110018311265757995221n],
    "in",
    835702675045798341632073n,
    9940527352294794136833297347n,
  ],
  [
    false,
    51207000000000000n,
    [500000000000000000n, 500000000000000000n],
    [6, 18],
    [133928206517848461926263362060121n, 138018n],
    "out",
    1n,
    1022746492180122628226698907n,
  ],
  [
    false,
    88315000000000000n,
    [200000000000000000n, 800000000000000000n],
    [8, 6],
    [5406572295n, 186231366074516223656199415n],
    "in",
    1773520892n,
    11791605541784195785034859n,
  ],
  [
    true,
    454000000000000n,
    [921400000000000000n, 78600000000000000n],
    [18, 6],
    [16288911183215717519142506078n, 16541043563110018311265757995221n],
    "out",
    41771313729090781549362603270n,
    3515398941425227000772888n,
  ],
  [
    false,
    88315000000000000n,
    [800000000000000000n, 200000000000000000n],
    [6, 8],
    [186231366074516223656199415n, 5406572295n],
    "out",
    868155167n,
    9137234073800858902590502n,
  ],
  [
    true,
    61284000000000000n,
    [285380000000000000n, 714620000000000000n],
    [8, 0],
    [1511467316980657969537260n, 13697380711n],
    "out",
    181060386n,
    54556206193508534195559n,
  ],
  [
    false,
    69601000000000000n,
    [500000000000000000n, 500000000000000000n],
    [8, 0],
    [4352422910085431496554n, 719829625296995110873176455179n],
    "in",
    14464559338361n,
    2225725825070447716223n,
  ],
  [
    false,
    28487000000000000n,
    [800000000000000000n, 200000000000000000n],
    [18, 18],
    [28688360775509440067739n, 11757949706n],
    "out",
    138042607n,
    87313601706076996051n,
  ],
  [
    false,
    99583000000000000n,
    [800000000000000000n, 200000000000000000n],
    [18, 0],
    [6998953951993n, 21460324141137005499891766908884n],
    "in",
    3n,
    24315040839363473382n,
  ],
];

describe("BalancerWeightedPool", () => {
  it.each(ANSWERS)(
    "answers as deployed (exact powers %s, fee %s, weights %s, decimals %s, balances %s, %s %s)",
    (...row) => {
      const [hasExactPowers, fee, weights, decimals, balances, direction, amount, answer] = row;
      const pool = new BalancerWeightedPool({ ...STATE, hasExactPowers, fee, weights, decimals, balances });
      const quote =
        direction === "in"
          ? pool.swapExactInput(0, 1, amount).amountOut
          : pool.swapExactOutput(0, 1, amount).amountIn;
      expect(quote).toBe(answer);
    },
  );

  it("swaps change the vault's balances", () => {
    const { amountIn, amountOut, after } = new BalancerWeightedPool(STATE).swapExactInput(0, 1, 10n ** 21n);
    const [balance0 = 0n, balance1 = 0n] = STATE.balances;
    expect((after as BalancerWeightedPool).state.balances).toEqual([
      balance0 + amountIn,
      balance1 - amountOut,
    ]);
  });

  it("its curve segments match its curve within one swap's limit", () => {
    const pool = new BalancerWeightedPool(STATE);
    fc.assert(
      fc.property(fc.bigInt(10n ** 19n, 3n * 10n ** 23n), (amount) => {
        const along = outputAlong(pool.stretches(0, 1), Number(amount))!;
        expect(Math.abs(along - Number(pool.swapExactInput(0, 1, amount).amountOut))).toBeLessThan(
          3e-4 * along + 2,
        );
      }),
    );
    expect(outputAlong(pool.stretches(0, 1), 3.1e23)).toBe(undefined);
    expect([...new BalancerWeightedPool({ ...STATE, balances: [0n, 1n] }).stretches(0, 1)]).toEqual([]);
  });

  it("SWAP_WOULD_REVERT: more than three tenths of a balance, none of it, past the vault's minimum", () => {
    const pool = new BalancerWeightedPool(STATE);
    expect(codeOf(() => pool.swapExactInput(0, 1, 10n ** 24n))).toMatch("MAX_IN_RATIO");
    expect(codeOf(() => pool.swapExactOutput(0, 1, 10n ** 12n))).toMatch("MAX_OUT_RATIO");
    const empty = new BalancerWeightedPool({ ...STATE, balances: [0n, 1n] });
    expect(codeOf(() => empty.swapExactInput(0, 1, 1n))).toMatch("ZERO_DIVISION");
    const full = new BalancerWeightedPool({ ...STATE, balances: [(1n << 112n) - 1n, 10n ** 12n] });
    expect(codeOf(() => full.swapExactInput(0, 1, 10n ** 20n))).toMatch("BALANCE_TOTAL_OVERFLOW");
  });

  it("POOL_INVALID: weights that do not sum to one, impossible decimals, balances and fees", () => {
    for (const lie of [
      { weights: [ONE / 2n, ONE / 4n] },
      { weights: [ONE, 0n] },
      { decimals: [18, 19] },
      { balances: [1n] },
      { balances: [1n, 1n << 112n] },
      { fee: ONE },
      { tokens: [TOKEN_0, TOKEN_1, TOKEN_2] },
      { tokens: [addressOf(1)], weights: [ONE], decimals: [18], balances: [1n] },
    ])
      expect(codeOf(() => new BalancerWeightedPool({ ...STATE, ...lie }))).toBe("POOL_INVALID");
  });
});

describe("powers", () => {
  it("exponential and logarithm match floats within float precision", () => {
    fc.assert(
      fc.property(fc.double({ min: -40, max: 100, noNaN: true }), (x) => {
        const raw = exponential(BigInt(Math.round(x * 1e18)));
        const relative = Math.abs(Number(raw) / 1e18 / Math.exp(x) - 1);
        expect(relative).toBeLessThan(1e-12 + 2 / Number(raw));
        if (x >= 0) expect(Math.abs(Number(logarithm(raw)) / 1e18 - x)).toBeLessThan(1e-12 * (1 + x));
      }),
    );
  });

  it("rejects undefined results, and returns the trivial ones exactly", () => {
    expect(power(0n, ONE)).toBe(0n);
    expect(power(5n * ONE, 0n)).toBe(ONE);
    expect(power(1n << 255n, ONE)).toBe(undefined);
    expect(power(10n ** 30n, 100n * ONE)).toBe(undefined);
    expect(power(1n, 100n * ONE)).toBe(undefined);
  });
});
