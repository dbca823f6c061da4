import { readFileSync } from "node:fs";
import { expect, it } from "vitest";

/** Probability of at least `min` byzantine seats of `seats`, drawn with replacement; exact until the division. */
function binomialTail(seats: number, min: number, share: readonly [bigint, bigint]): number {
  const [part, whole] = share;
  let ways = 1n;
  let total = 0n;
  for (let count = 0; count <= seats; count++) {
    if (count > 0) ways = (ways * BigInt(seats - count + 1)) / BigInt(count);
    if (count >= min) total += ways * part ** BigInt(count) * (whole - part) ** BigInt(seats - count);
  }
  const scale = 10n ** 80n;
  return Number((total * scale) / whole ** BigInt(seats)) / 1e80;
}

it("SHARD-16.2: the specification's probabilities follow from its formula", () => {
  const specification = readFileSync(new URL("../../../../docs/spec/shards.md", import.meta.url), "utf8");
  const rows = [...specification.matchAll(/^\| (\d+) +\| 1\/(\d+) \| (\S+) +\| (\S+) +\| (\S+) +\|$/gm)];
  expect(rows).toHaveLength(4);
  for (const [, seats, divisor, forge, stop, stopAny] of rows) {
    const size = Number(seats);
    const share = [1n, BigInt(divisor!)] as const;
    const quorum = Math.floor((2 * size) / 3) + 1;
    expect(binomialTail(size, quorum, share).toExponential(2)).toBe(forge);
    const stopOne = binomialTail(size, size - quorum + 1, share);
    expect(stopOne.toExponential(2)).toBe(stop);
    expect((1 - (1 - stopOne) ** 64).toExponential(2)).toBe(stopAny);
  }
});
