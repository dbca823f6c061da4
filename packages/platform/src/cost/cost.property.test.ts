import fc from "fast-check";
import { expect, it } from "vitest";
import { DAY_MS } from "./day.ts";
import { forecastStorage } from "./forecastStorage.ts";
import { amount, amountText, microsOf } from "./money.ts";

it("COST-3: an amount is exact, and shown as an amount of the same value", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 10n ** 18n - 1n }), (micros) => {
      const text = amountText(micros);
      expect(microsOf(amount.parse(text))).toBe(micros);
      expect(text).toMatch(/^\d+\.\d{2,6}$/);
    }),
  );
  expect(["0", "0.000001", "12.5", 3, 0.04].map((given) => microsOf(amount.parse(given)))).toEqual([
    0n,
    1n,
    12_500_000n,
    3_000_000n,
    40_000n,
  ]);
});

it("COST-3: refuses what is no amount", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.double(), fc.anything()), (given) => {
      const { success, data } = amount.safeParse(given);
      if (success) expect(data).toMatch(/^\d{1,12}(?:\.\d{1,6})?$/);
    }),
  );
  for (const wrong of ["-1", "1e3", "1.", ".5", "1.0000001", "1,5", 1e-7, 1e21, -1, Number.NaN, null, ""])
    expect(amount.safeParse(wrong).success).toBe(false);
});

const START = Date.UTC(2026, 10, 1);
const sizes = fc.array(fc.integer({ min: 0, max: 1e12 }), { minLength: 3, maxLength: 30 });
const samplesOf = (used: readonly number[]) =>
  used.map((usedBytes, day) => ({ timeMs: START + day * DAY_MS, usedBytes }));

it("COST-6: a straight line is continued exactly, in any order of samples", () => {
  const line = {
    days: fc.integer({ min: 3, max: 30 }),
    first: fc.nat(1e12),
    perDay: fc.integer({ min: 1, max: 1e9 }),
  };
  fc.assert(
    fc.property(fc.record(line), fc.nat(1e6), ({ days, first, perDay }, seed) => {
      const samples = samplesOf(Array.from({ length: days }, (_, day) => first + day * perDay));
      const shuffled = samples.toSorted((a, b) => ((a.timeMs * seed) % 97) - ((b.timeMs * seed) % 97));
      const last = samples.at(-1)!;
      const forecast = forecastStorage(shuffled, last.usedBytes + 10 * perDay);
      expect(forecast).toMatchObject({ trend: "growing", bytesPerDay: perDay });
      expect(Math.abs(forecast.fullAtMs! - (last.timeMs + 10 * DAY_MS))).toBeLessThan(1_000);
    }),
  );
});

it("COST-6: two outliers of ten days do not change the rate much", () => {
  fc.assert(
    fc.property(fc.nat(1e12), fc.nat(1e12), fc.nat(9), fc.nat(9), (one, other, at, otherAt) => {
      const used = Array.from({ length: 10 }, (_, day) => 1e9 + day * 1e6);
      used[at] = one;
      used[otherAt] = other;
      const { bytesPerDay } = forecastStorage(samplesOf(used), 1e13);
      // 28 of the 45 slopes are those of the line.
      expect(bytesPerDay).toBe(1e6);
    }),
  );
});

it("COST-6: never full in the past, never an invalid number", () => {
  fc.assert(
    fc.property(sizes, fc.option(fc.nat(1e12), { nil: undefined }), (used, capacity) => {
      const { trend, bytesPerDay, fullAtMs } = forecastStorage(samplesOf(used), capacity);
      expect(Number.isFinite(bytesPerDay)).toBe(true);
      expect(fullAtMs !== undefined).toBe(trend === "growing");
      if (fullAtMs !== undefined) expect(fullAtMs).toBeGreaterThanOrEqual(samplesOf(used).at(-1)!.timeMs);
      if (capacity === undefined) expect(trend).not.toBe("growing");
    }),
  );
});

it("COST-6: unknown below three days and for samples of one moment", () => {
  const unknown = { trend: "unknown", bytesPerDay: undefined, fullAtMs: undefined };
  for (const used of [[], [1], [1, 2]]) expect(forecastStorage(samplesOf(used), 10)).toEqual(unknown);
  const same = [1, 2, 3].map((usedBytes) => ({ timeMs: START, usedBytes }));
  expect(forecastStorage(same, 10)).toEqual(unknown);
  expect(forecastStorage(samplesOf([3, 3, 3]), 10).trend).toBe("steady");
  expect(forecastStorage(samplesOf([3, 2, 1]), 10).trend).toBe("steady");
});
