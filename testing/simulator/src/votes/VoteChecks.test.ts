import type { Certificate } from "@trellis/protocol";
import { beforeEach, describe, expect, it } from "vitest";
import type { Checks } from "../checks/Checks.ts";
import type { SimNode } from "../node/SimNode.ts";
import { RandomStream } from "../world/RandomStream.ts";
import { chooseVoting } from "./chooseVoting.ts";
import { VoteChecks } from "./VoteChecks.ts";

const [A, B] = [`0x${"aa".repeat(32)}`, `0x${"bb".repeat(32)}`] as const;
const PLACE = { height: 3, round: 1, step: "prevote" } as const;
const [first, second] = [{ index: 0 }, { index: 1 }] as unknown as [SimNode, SimNode];

function votingOf(seed: number, isOverThird = false) {
  const faults = new Set(["doublevote"]);
  const liars = { byzantine: 2, faults, isOverThird };
  return chooseVoting(new RandomStream(seed, "stakes"), { nodes: 7, validators: undefined }, liars);
}

let failed: string[];
function checksOf(isOverThird = false): VoteChecks {
  const checks = { fail: (check: string) => failed.push(check) } as unknown as Checks;
  return new VoteChecks(votingOf(1, isOverThird), checks);
}

beforeEach(() => {
  failed = [];
});

describe("checks of the vote", () => {
  it("find a validator that contradicts itself, in whichever of its lives", () => {
    const checks = checksOf();
    checks.signed(first, { ...PLACE, value: A });
    checks.signed(first, { ...PLACE, value: A });
    checks.signed(second, { ...PLACE, value: B });
    checks.signed(first, { ...PLACE, round: 2, value: B });
    expect(failed).toEqual([]);
    checks.signed(first, { ...PLACE, value: undefined });
    expect(failed).toEqual(["an honest validator contradicts itself"]);
  });

  it("find two certificates of one height, unless liars are so many", () => {
    const certificate = (value: typeof A | typeof B) => ({ height: 4, value }) as unknown as Certificate;
    for (const isOverThird of [true, false]) {
      const checks = checksOf(isOverThird);
      checks.certified(first, certificate(A));
      checks.certified(second, certificate(A));
      expect(failed).toEqual([]);
      checks.certified(second, certificate(B));
    }
    expect(failed).toEqual(["two certificates of one height"]);
  });
});

describe("the stakes of a run", () => {
  const sharesOf = (isOverThird: boolean): number[] =>
    Array.from({ length: 200 }, (_value, seed) => {
      const { stakes } = votingOf(seed, isOverThird);
      const total = stakes.reduce((sum, wei) => sum + wei, 0n);
      const lying = stakes.slice(5).reduce((sum, wei) => sum + wei, 0n);
      expect(3n * lying < total).toBe(!isOverThird);
      return Number(lying) / Number(total);
    });

  it("give liars up to a third minus one", () => {
    expect(Math.max(...sharesOf(false))).toBeCloseTo(1 / 3, 4);
  });

  it("give them more where they are to be found out", () => {
    expect(Math.max(...sharesOf(true))).toBeGreaterThan(0.5);
  });
});
