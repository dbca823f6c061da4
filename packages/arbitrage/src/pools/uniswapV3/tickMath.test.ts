import fc from "fast-check";
import { expect, it } from "vitest";
import { codeOf } from "../testing/codeOf.ts";
import {
  SQRT_RATIO_MAX,
  SQRT_RATIO_MIN,
  sqrtRatioToTick,
  TICK_MAX,
  TICK_MIN,
  tickToSqrtRatio,
} from "./tickMath.ts";

it("the limits have the contract's ratios", () => {
  expect(tickToSqrtRatio(TICK_MIN)).toBe(SQRT_RATIO_MIN);
  expect(tickToSqrtRatio(TICK_MAX)).toBe(SQRT_RATIO_MAX);
  expect(tickToSqrtRatio(0)).toBe(1n << 96n);
  expect(sqrtRatioToTick(SQRT_RATIO_MIN)).toBe(TICK_MIN);
  expect(sqrtRatioToTick(SQRT_RATIO_MAX - 1n)).toBe(TICK_MAX - 1);
});

it("a ratio is √1.0001^tick, to a part in 10¹²", () => {
  fc.assert(
    fc.property(fc.integer({ min: TICK_MIN, max: TICK_MAX }), (tick) => {
      const ratio = Number(tickToSqrtRatio(tick)) / 2 ** 96;
      const tolerance = Math.max(1e-9, 2 / Number(tickToSqrtRatio(tick)));
      expect(Math.abs(ratio / 1.0001 ** (tick / 2) - 1)).toBeLessThan(tolerance);
    }),
  );
});

it("a ratio's tick is the greatest whose ratio is not above it", () => {
  fc.assert(
    fc.property(fc.integer({ min: TICK_MIN, max: TICK_MAX - 1 }), (tick) => {
      const ratio = tickToSqrtRatio(tick);
      expect(sqrtRatioToTick(ratio)).toBe(tick);
      expect(sqrtRatioToTick(tickToSqrtRatio(tick + 1) - 1n)).toBe(tick);
    }),
  );
});

it("SWAP_INVALID: no tick, no ratio", () => {
  expect(codeOf(() => tickToSqrtRatio(TICK_MAX + 1))).toBe("SWAP_INVALID");
  expect(codeOf(() => tickToSqrtRatio(0.5))).toBe("SWAP_INVALID");
  expect(codeOf(() => sqrtRatioToTick(SQRT_RATIO_MIN - 1n))).toBe("SWAP_INVALID");
  expect(codeOf(() => sqrtRatioToTick(SQRT_RATIO_MAX))).toBe("SWAP_INVALID");
});
