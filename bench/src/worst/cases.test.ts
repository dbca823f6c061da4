import { createEvm } from "@trellis/evm";
import { describe, expect, it } from "vitest";
import { readCases } from "./cases.ts";
import { Draws } from "./Draws.ts";
import { drawGenome, hashOf, labelsOf, mutate } from "./genome.ts";
import { Meter, resultHash } from "./measure.ts";
import { distinctCauses, search } from "./search.ts";

const evm = createEvm({ random: { bytes: (count) => new Uint8Array(count).fill(7) } });

describe("programs that were once too slow have the same effects as then", async () => {
  for (const { title, gas, genome, resultHash: expected } of await readCases()) {
    it(`${hashOf(genome).slice(2, 14)}: ${title}`, async () => {
      expect(await resultHash(evm, genome, gas)).toBe(expected);
    });
  }
});

describe("programs", () => {
  it("are equal for equal seeds", () => {
    const drawn = (seed: number) => {
      const draws = new Draws(seed);
      return hashOf(mutate(drawGenome(draws), draws));
    };
    expect(drawn(5)).toBe(drawn(5));
    expect(drawn(5)).not.toBe(drawn(6));
  });

  it("use gas and give the same result on every engine", async () => {
    const draws = new Draws(3);
    const other = createEvm({ random: { bytes: (count) => new Uint8Array(count).fill(9) } });
    for (let count = 0; count < 40; count++) {
      const genome = drawGenome(draws);
      const hash = await resultHash(evm, genome, 200_000);
      expect(await resultHash(other, genome, 200_000)).toBe(hash);
    }
  });
});

it("a search keeps the slowest program per combination of labels, slowest first", async () => {
  let left = 60;
  const meter = new Meter(evm, { small: true });
  const isOver = (): boolean => left-- <= 0;
  const { programs, found } = await search({ meter, draws: new Draws(2), isOver, kept: [], log: () => {} });
  expect(programs).toBeGreaterThanOrEqual(60);
  const names = found.map(({ labels }) => labels.join());
  expect(new Set(names).size).toBe(names.length);
  const speeds = found.map(({ mgasPerSecond }) => mgasPerSecond);
  expect(speeds).toEqual(speeds.toSorted((a, b) => a - b));
  const labels = distinctCauses(found, 10).flatMap(({ genome }) => labelsOf(genome));
  expect(new Set(labels).size).toBe(labels.length);
});
