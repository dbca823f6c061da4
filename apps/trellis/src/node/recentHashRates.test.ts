import type { HashCount } from "@trellis/mining";
import { expect, it } from "vitest";
import { recentHashRates } from "./recentHashRates.ts";

it("is the rate of the searches in the last twelve samples", () => {
  const counts = new Map<"memory" | "heavy", HashCount>();
  const { sample, rate } = recentHashRates({ hashCounts: () => counts });
  sample();
  expect(rate("memory")).toBe(0);
  counts.set("memory", { hashes: 100, searchingMs: 500 });
  expect(rate("memory")).toBe(200);
  for (let count = 0; count < 11; count++) sample();
  counts.set("memory", { hashes: 700, searchingMs: 1_500 });
  counts.set("heavy", { hashes: 3, searchingMs: 1_000 });
  expect([rate("memory"), rate("heavy")]).toEqual([700_000 / 1_500, 3]);
  sample();
  expect(rate("memory")).toBe(600);
  for (let count = 0; count < 11; count++) sample();
  expect(rate("memory")).toBe(0);
});
