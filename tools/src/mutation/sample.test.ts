import { describe, expect, it } from "vitest";
import { type Mutant, sampleOf, scoreOf } from "./sample.ts";

describe("sample of mutants", () => {
  it("has the requested size at most, and is the same for the same seed", () => {
    expect(sampleOf(mutants(50), 10, 1, "/a/").size).toBe(10);
    expect(sampleOf(mutants(50), 60, 1, "/a/").size).toBe(50);
    expect(sampleOf(mutants(50), 10, 1, "/a/")).toEqual(sampleOf(mutants(50), 10, 1, "/a/"));
    expect(sampleOf(mutants(50), 10, 1, "/a/")).not.toEqual(sampleOf(mutants(50), 10, 2, "/a/"));
  });

  it("depends neither on the order of the mutants nor on the location of the sources", () => {
    const sample = sampleOf(mutants(50), 10, 1, "/a/");
    expect(sampleOf(mutants(50).reverse(), 10, 1, "/a/")).toEqual(sample);
    expect(sampleOf(mutants(50, "/elsewhere/"), 10, 1, "/elsewhere/")).toEqual(sample);
  });

  it("selects every mutant equally often", () => {
    const taken = Array.from({ length: 400 }, (_, seed) => [...sampleOf(mutants(20), 5, seed, "/a/")]).flat();
    const counts = mutants(20).map(({ id }) => taken.filter((other) => other === id).length);
    expect(counts.reduce((sum, count) => sum + count)).toBe(2_000);
    // The standard deviation is 8.7.
    for (const count of counts) expect(Math.abs(count - 100)).toBeLessThan(40);
  });

  it("returns the share and Wilson's interval", () => {
    // Newcombe, Two-sided confidence intervals for the single proportion (1998), table I, method 3.
    const published = [
      [81, 263, "25.53", "36.62"],
      [15, 148, "6.24", "16.05"],
      [0, 20, "0.00", "16.11"],
      [1, 29, "0.61", "17.18"],
    ] as const;
    for (const [detected, valid, low, high] of published) {
      const score = scoreOf(detected, valid).map((value) => value.toFixed(2));
      expect(score).toEqual([low, ((100 * detected) / valid).toFixed(2), high]);
    }
    expect(scoreOf(0, 0)).toEqual([0, 0, 100]);
  });
});

function mutants(count: number, directory = "/a/"): Mutant[] {
  const location = { start: { line: 3, column: 0 }, end: { line: 3, column: 9 } };
  return Array.from({ length: count }, (_, index) => ({
    id: `${index}`,
    fileName: `${directory}${index % 5}.ts`,
    mutatorName: "BooleanLiteral",
    replacement: `${index}`,
    location,
  }));
}
