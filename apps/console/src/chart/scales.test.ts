import { describe, expect, it } from "vitest";
import { nearestTo, stretchesOf, thinned, ticksOf } from "./scales.ts";

const at = (timeMs: number, value = timeMs) => ({ timeMs, value });

describe("scales", () => {
  it.each([
    [0, 10, [0, 5, 10]],
    [0, 0.9, [0, 0.5, 1]],
    [0, 7, [0, 2.5, 5, 7.5]],
    [-3, 5, [-5, 0, 5]],
    [0, 0, [0, 1]],
    [0, Number.NaN, [0, 1]],
    [0, 3e12, [0, 1e12, 2e12, 3e12]],
  ])("between %d and %d stand round values", (least, most, ticks) => {
    expect(ticksOf(least, most)).toEqual(ticks);
  });

  it("bytes have round values of their own", () => {
    const mebi = 1_048_576;
    expect(ticksOf(0, 350 * mebi, { isBinary: true })).toEqual([0, 200 * mebi, 400 * mebi]);
    expect(ticksOf(0, 0, { isBinary: true })).toEqual([0, 1]);
  });

  it("a line ends where nothing was known for long", () => {
    expect(stretchesOf([at(0), at(1), at(9), at(10, Number.NaN), at(11)], 3)).toEqual([
      [at(0), at(1)],
      [at(9), at(11)],
    ]);
    expect(stretchesOf([], 3)).toEqual([]);
  });

  it("the nearest in time is found", () => {
    const points = [at(0), at(10), at(20)];
    expect([-5, 4, 6, 16, 99].map((time) => nearestTo(points, time)?.timeMs)).toEqual([0, 0, 10, 20, 20]);
    expect(nearestTo([], 1)).toBeUndefined();
  });

  it("a table shows the first, the last, and some between", () => {
    expect(thinned([1, 2, 3], 5)).toEqual([1, 2, 3]);
    expect(
      thinned(
        Array.from({ length: 101 }, (_, index) => index),
        5,
      ),
    ).toEqual([0, 25, 50, 75, 100]);
  });
});
