import type { Certificate, Vote } from "@trellis/protocol";
import { beforeEach, describe, expect, it } from "vitest";
import type { Checks } from "../checks/Checks.ts";
import type { SimNode } from "../node/SimNode.ts";
import { RandomStream } from "../world/RandomStream.ts";
import { chooseVoting } from "./chooseVoting.ts";
import { dispensable, withOldVotes } from "./oldVotes.ts";
import { VoteChecks } from "./VoteChecks.ts";

const [A, B] = [`0x${"aa".repeat(32)}`, `0x${"bb".repeat(32)}`] as const;
const PLACE = { height: 3, round: 1, step: "prevote" } as const;
const [first, second, third] = [0, 1, 2].map((index) => ({ index }) as SimNode) as [
  SimNode,
  SimNode,
  SimNode,
];

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

describe("checks of votes", () => {
  it("find a validator that contradicts itself, in any of its processes", () => {
    const checks = checksOf();
    checks.signed(first, { ...PLACE, value: A });
    checks.signed(first, { ...PLACE, value: A });
    checks.signed(second, { ...PLACE, value: B });
    checks.signed(first, { ...PLACE, round: 2, value: B });
    expect(failed).toEqual([]);
    checks.signed(first, { ...PLACE, value: undefined });
    expect(failed).toEqual(["an honest validator contradicts itself"]);
  });

  it.each([
    ["one node", true],
    ["three nodes", false],
  ])("find liars whose contradicting messages reached %s in two rounds", (_, isRelayed) => {
    const checks = checksOf();
    const nodes = [first];
    for (const round of [1, 2]) {
      const vote: Vote = { ...PLACE, epoch: 0, round, validator: 5, value: A };
      checks.equivocated(second, vote);
      checks.heard(first, vote);
      checks.heard(first, { ...vote, validator: 4, value: B });
      checks.heard(second, { ...vote, value: B });
      // The link between the two loses what they relay.
      expect(checks.unpunished(nodes)).toBeUndefined();
      if (isRelayed) checks.heard(first, { ...vote, value: B });
      else checks.heard(third, vote);
    }
    expect(checks.unpunished(nodes)).toBe("node 0 has not punished validator 1, who lied in 2 rounds");
  });

  it("require no slashing if a node that saw one message restarted before any node saw the other", () => {
    const checks = checksOf();
    for (const round of [1, 2]) {
      const vote: Vote = { ...PLACE, epoch: 0, round, validator: 5, value: A };
      checks.equivocated(second, vote);
      checks.heard(first, vote);
      checks.begins(first);
      checks.heard(first, { ...vote, value: B });
    }
    expect(checks.unpunished([first])).toBeUndefined();
  });

  it("find two certificates of one height, except with too many liars", () => {
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

describe("restored backups", () => {
  it("leave no vote without a validator that remembers it", () => {
    const drawn = new Set(["oldvotes", "kill", "loss", "slow"] as const);
    expect([...withOldVotes(drawn, true)]).toEqual(["oldvotes", "slow"]);
    expect([...withOldVotes(drawn, false)]).toEqual(["kill", "loss", "slow"]);
    expect([...withOldVotes(new Set(["oldvotes", "slow"]), false)]).toEqual(["oldvotes", "slow"]);
  });

  it("are of validators without whom the others suffice", () => {
    const voting = (...stakes: readonly bigint[]) => ({ ...votingOf(1), stakes });
    expect(dispensable(voting(1n, 1n, 1n, 1n), 4)).toEqual([0, 1, 2, 3]);
    expect(dispensable(voting(1n, 1n, 1n), 3)).toEqual([]);
    expect(dispensable(voting(1n, 2n, 8n, 3n), 3)).toEqual([0]);
    expect(dispensable(voting(0n, 1n, 8n, 0n), 4)).toEqual([1]);
  });
});

describe("stakes of a run", () => {
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

  it("give them more if they must be detected", () => {
    expect(Math.max(...sharesOf(true))).toBeGreaterThan(0.5);
  });
});
