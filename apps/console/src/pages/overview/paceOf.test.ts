import { expect, it } from "vitest";
import { paceOf } from "./paceOf.ts";

it("the pace is that of the time that is known, half a minute at most", () => {
  expect(paceOf([])).toBeUndefined();
  expect(paceOf([5_000])).toBeUndefined();
  expect(paceOf([5_000, 5_000])).toBeUndefined();
  expect(paceOf([2_000, 1_000, 3_000])).toBe(1);
  const eachSecond = Array.from({ length: 100 }, (_, second) => second * 1_000);
  expect(paceOf(eachSecond)).toBe(1);
  expect(paceOf([1, 100_000, 100_500])).toBe(2);
});
