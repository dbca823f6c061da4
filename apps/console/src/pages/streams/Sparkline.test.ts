import { expect, it } from "vitest";
import { thinned } from "./Sparkline.tsx";

it("few points are kept of many, with the newest and those that stand out", () => {
  const values: number[] = Array.from({ length: 1_000 }, (_, index) =>
    index === 333 ? 90 : index === 777 ? 1 : 40,
  );
  values[999] = 41;
  const points = thinned(values, 150);
  expect(points.length).toBeLessThanOrEqual(150);
  expect([Math.max(...points), Math.min(...points), points.at(-1)]).toEqual([90, 1, 41]);
  expect(thinned([1, 2, 3], 150)).toEqual([1, 2, 3]);
});
