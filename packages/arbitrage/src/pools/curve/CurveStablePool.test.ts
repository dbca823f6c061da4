import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { POOL, TOKEN_0, TOKEN_1, TOKEN_2 } from "../testing/addresses.ts";
import { codeOf } from "../testing/codeOf.ts";
import { outputAlong } from "../testing/outputAlong.ts";
import { CurveStablePool, type CurveStableState } from "./CurveStablePool.ts";

const ONE = 10n ** 18n;
const STATE: CurveStableState = {
  address: POOL,
  tokens: [TOKEN_0, TOKEN_1, TOKEN_2],
  balances: [170_000_000n * ONE, 180_000_000n * 10n ** 6n, 150_000_000n * 10n ** 6n],
  rates: [ONE, 10n ** 30n, 10n ** 30n],
  amplification: 2000n,
  amplificationPrecision: 1n,
  fee: 1_000_000n,
  adminFee: 5_000_000_000n,
};

const anyState = fc
  .record({
    count: fc.integer({ min: 2, max: 4 }),
    balances: fc.array(fc.bigInt(10n ** 24n, 10n ** 26n), { minLength: 4, maxLength: 4 }),
    amplification: fc.bigInt(10n, 5000n),
    isPrecise: fc.boolean(),
  })
  .map(
    ({ count, balances, amplification, isPrecise }): CurveStableState => ({
      ...STATE,
      tokens: [TOKEN_0, TOKEN_1, TOKEN_2, POOL].slice(0, count) as CurveStableState["tokens"],
      balances: balances.slice(0, count),
      rates: new Array(count).fill(ONE),
      amplification: isPrecise ? amplification * 100n : amplification,
      amplificationPrecision: isPrecise ? 100n : 1n,
      fee: 0n,
    }),
  );

const DIGITS = 10n ** 30n;

/** Positive if the balances' invariant exceeds `d`. */
function surplus(
  balances: readonly bigint[],
  d: bigint,
  { amplification, amplificationPrecision }: CurveStableState,
): bigint {
  const n = BigInt(balances.length);
  const ann = amplification * n;
  const sum = balances.reduce((total, balance) => total + balance, 0n);
  const product = balances.reduce((total, balance) => total * balance, 1n) * n ** n;
  const left = (ann * sum + amplificationPrecision * d - ann * d) * product;
  return left - d ** (n + 1n) * amplificationPrecision;
}

function rootOf(rising: (x: bigint) => bigint, high: bigint): bigint {
  let [low, up] = [0n, high];
  while (up - low > 1n) {
    const middle = (low + up) / 2n;
    if (rising(middle) <= 0n) low = middle;
    else up = middle;
  }
  return low;
}

/** Output before fees if D were larger by `off`. */
function preciseOutput(state: CurveStableState, amountIn: bigint, off: bigint): bigint {
  const balances = state.balances.map((balance) => balance * DIGITS);
  const total = balances.reduce((sum, balance) => sum + balance, 0n);
  const d = rootOf((candidate) => -surplus(balances, candidate, state), 2n * total);
  const [first = 0n, second = 0n, ...rest] = balances;
  const kept = d + off * DIGITS;
  const left = rootOf((y) => surplus([first + amountIn * DIGITS, y, ...rest], kept, state), 2n * second);
  return (second - left) / DIGITS;
}

describe("CurveStablePool", () => {
  it("matches the paper's equation within a few units, never above it", () => {
    fc.assert(
      fc.property(anyState, fc.bigInt(10n ** 15n, 10n ** 26n), (state, amount) => {
        const { amountOut } = new CurveStablePool(state).swapExactInput(0, 1, amount);
        const least = preciseOutput(state, amount, 3n) - 5n;
        const most = preciseOutput(state, amount, -3n) + 5n;
        expect(amountOut >= least && amountOut <= most).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it("computes a trade of 3pool's form, unit by unit", () => {
    const pool = new CurveStablePool(STATE);
    const { amountOut, after } = pool.swapExactInput(0, 1, 10n ** 24n);
    expect(amountOut).toBe(999_924_699_941n);
    const [, before = 0n] = STATE.balances;
    const [, left = 0n] = (after as CurveStablePool).state.balances;
    expect(before - left - amountOut).toBe(50_001_235n);
  });

  it("an exact output costs the least sufficient input", () => {
    const pool = new CurveStablePool(STATE);
    fc.assert(
      fc.property(
        fc.constantFrom([0, 1], [1, 0], [1, 2]),
        fc.bigInt(1n, 10n ** 13n),
        ([tokenIn = 0, tokenOut = 0], amount) => {
          const wanted = tokenOut === 0 ? amount * 10n ** 12n : amount;
          const { amountIn, amountOut } = pool.swapExactOutput(tokenIn, tokenOut, wanted);
          expect(amountOut >= wanted).toBe(true);
          expect(pool.swapExactInput(tokenIn, tokenOut, amountIn).amountOut).toBe(amountOut);
          expect(pool.swapExactInput(tokenIn, tokenOut, amountIn - 1n).amountOut < wanted).toBe(true);
        },
      ),
    );
  });

  it("its curve segments match its curve", () => {
    const pool = new CurveStablePool(STATE);
    for (const amount of [10n ** 22n, 10n ** 25n, 2n * 10n ** 26n, 10n ** 27n]) {
      const along = outputAlong(pool.stretches(0, 1), Number(amount))!;
      expect(along / Number(pool.swapExactInput(0, 1, amount).amountOut)).toBeCloseTo(1, 4);
    }
  });

  it("SWAP_WOULD_REVERT: a missing balance, more than the balance, an overflow", () => {
    const pool = new CurveStablePool(STATE);
    expect(codeOf(() => pool.swapExactOutput(0, 1, 180_000_000n * 10n ** 6n))).toMatch("SWAP_WOULD_REVERT");
    expect(codeOf(() => pool.swapExactInput(0, 1, 1n << 130n))).toBe("SWAP_WOULD_REVERT overflow");
    const empty = new CurveStablePool({ ...STATE, balances: [0n, 1n, 1n] });
    expect(codeOf(() => empty.swapExactInput(1, 2, 1n))).toMatch("no invariant");
    expect([...empty.stretches(1, 2)]).toEqual([]);
  });

  it("dust: balances of some units swap or are refused, and never give more than the balance", () => {
    fc.assert(
      fc.property(
        fc.array(fc.bigInt(1n, 50n), { minLength: 3, maxLength: 3 }),
        fc.bigInt(1n, 10n ** 9n),
        (balances, amount) => {
          const pool = new CurveStablePool({ ...STATE, balances, rates: [ONE, ONE, ONE] });
          const code = codeOf(() =>
            expect(pool.swapExactInput(0, 1, amount).amountOut < balances[1]!).toBe(true),
          );
          expect(code ?? "SWAP_WOULD_REVERT").toMatch("SWAP_WOULD_REVERT");
        },
      ),
    );
  });

  it("POOL_INVALID: impossible rates, amplification, fees and numbers of tokens", () => {
    for (const lie of [
      { rates: [ONE, ONE] },
      { rates: [1n, ONE, ONE] },
      { amplification: 0n },
      { amplificationPrecision: 0n },
      { fee: 10n ** 10n },
      { adminFee: -1n },
      { balances: [-1n, 1n, 1n] },
      { tokens: [TOKEN_0], balances: [1n], rates: [ONE] },
    ])
      expect(codeOf(() => new CurveStablePool({ ...STATE, ...lie }))).toBe("POOL_INVALID");
  });
});
