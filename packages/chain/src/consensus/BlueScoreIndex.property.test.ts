import fc from "fast-check";
import { expect, it } from "vitest";
import { BlueScoreIndex } from "./BlueScoreIndex.ts";

it("has the blocks of each score after any additions and rollbacks", () => {
  const anyStep = fc.oneof(
    { weight: 4, arbitrary: fc.integer({ min: 5, max: 25 }) },
    { weight: 1, arbitrary: fc.constant(undefined) },
  );
  fc.assert(
    fc.property(
      fc.array(anyStep, { maxLength: 60 }),
      fc.nat(30),
      fc.nat(30),
      fc.nat(1),
      (steps, from, to, first) => {
        const index = new BlueScoreIndex(5, first);
        const scores: number[] = [];
        for (const score of steps) {
          if (score !== undefined) {
            index.add(score);
            scores.push(score);
          } else if (scores.length > 0) index.removeLast(scores.pop()!);
        }
        const found = [...index.scoresBetween(from, to)].flatMap((score) => [...index.blocksOf(score)]);
        const expected = scores.flatMap((score, block) =>
          score >= from && score <= to ? [first + block] : [],
        );
        expect(found.toSorted((a, b) => a - b)).toEqual(expected);
        for (let score = 0; score < 30; score++) {
          const newestFirst = scores
            .flatMap((other, block) => (other === score ? [first + block] : []))
            .reverse();
          expect([...index.blocksOf(score)]).toEqual(newestFirst);
        }
      },
    ),
    { numRuns: 500 },
  );
});
