import { expect, it } from "vitest";
import { releaseMemory } from "./releaseMemory.ts";

const NUMBERS = 5_000_000;

it("frees garbage at once", () => {
  let kept: number[] | undefined = Array.from({ length: NUMBERS }, (_, index) => index);
  const { heapUsed } = process.memoryUsage();
  expect(kept.length).toBe(NUMBERS);
  kept = undefined;
  releaseMemory();
  expect(process.memoryUsage().heapUsed).toBeLessThan(heapUsed - NUMBERS * 4);
});
