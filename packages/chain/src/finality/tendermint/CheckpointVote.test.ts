import { describe, expect, it } from "vitest";
import { A, B, signed, TestVote } from "./testing/TestVote.ts";

function locked(): TestVote {
  return new TestVote(3)
    .start()
    .proposes(A)
    .votes("prevote", A, [0, 1])
    .votes("precommit", undefined, [0, 1, 2])
    .timedOut("precommit");
}

describe("Tendermint by the lines of its algorithm", () => {
  it("11, 14: the proposer proposes its value and prevotes it", () => {
    const { proposals, cast, timers } = new TestVote(0).start();
    expect(proposals).toMatchObject([{ round: 0, value: A, validRound: -1, validator: 0 }]);
    expect(cast).toEqual(["prevote 0 aa"]);
    expect(timers).toEqual(["propose 0"]);
  });

  it("14: a proposer without a block waits for one", () => {
    const vote = new TestVote(0);
    vote.value = undefined;
    expect(vote.start().proposals).toEqual([]);
    vote.value = B;
    expect(vote.blocksCame().proposals).toMatchObject([{ value: B }]);
    const late = new TestVote(0);
    late.value = undefined;
    expect(late.start().votes("prevote", undefined, [1]).timedOut("propose").cast).toEqual([
      "prevote 0 none",
    ]);
    late.value = B;
    expect(late.blocksCame().proposals).toEqual([]);
  });

  it("21: no timeout starts before there is a block to vote on, or a message in the round", () => {
    const silent = new TestVote(3);
    silent.value = undefined;
    expect(silent.start().timers).toEqual([]);
    expect(silent.blocksCame().timers).toEqual([]);
    silent.value = B;
    expect(silent.blocksCame().timers).toEqual(["propose 0"]);
    const told = new TestVote(3);
    told.value = undefined;
    expect(told.start().votes("prevote", undefined, [1]).timers).toEqual(["propose 0"]);
    expect(told.timedOut("propose").cast).toEqual(["prevote 0 none"]);
  });

  it("22: prevotes the proposal", () => {
    expect(new TestVote(3).start().proposes(A).cast).toEqual(["prevote 0 aa"]);
  });

  it("22: prevotes nil for a block that must not be final", () => {
    const vote = new TestVote(3).start();
    vote.validities.set(A, "invalid");
    expect(vote.proposes(A).cast).toEqual(["prevote 0 none"]);
  });

  it("22: waits for a missing block", () => {
    const vote = new TestVote(3).start();
    vote.validities.set(A, "unknown");
    expect(vote.proposes(A).cast).toEqual([]);
    vote.validities.set(A, "valid");
    expect(vote.blocksCame().cast).toEqual(["prevote 0 aa"]);
  });

  it("22, locking: a locked validator does not prevote another value", () => {
    expect(locked().proposes(B, 1).cast.at(-1)).toBe("prevote 1 none");
  });

  it("22, locking: a locked validator prevotes what it is locked on", () => {
    expect(locked().proposes(A, 1).cast.at(-1)).toBe("prevote 1 aa");
  });

  it("28, unlocking: on a newer proof of lock", () => {
    const vote = locked().votes("prevote", B, [0, 1, 2], 1).timedOut("propose", 1);
    vote.votes("precommit", undefined, [0, 1, 2], 1).timedOut("precommit", 1);
    expect(vote.proposes(B, 2, 1).cast.at(-1)).toBe("prevote 2 bb");
  });

  it("28, unlocking: not on a proof that is older than the lock", () => {
    const vote = new TestVote(3).start().votes("prevote", B, [0, 1, 2]);
    vote.timedOut("propose").votes("precommit", undefined, [0, 1, 2]).timedOut("precommit");
    vote.proposes(A, 1).votes("prevote", A, [0, 1], 1);
    vote.votes("precommit", undefined, [0, 1, 2], 1).timedOut("precommit", 1);
    expect(vote.proposes(B, 2, 0).cast.at(-1)).toBe("prevote 2 none");
  });

  it("28, unlocking: a valid round without two thirds of prevotes proves nothing", () => {
    const vote = locked().votes("prevote", B, [0, 1], 0).proposes(B, 1, 0);
    expect(vote.cast.at(-1)).toBe("precommit 0 aa");
  });

  it("28, unlocking: the prevotes attached to a proposal prove it", () => {
    const vote = locked().timedOut("propose", 1).votes("precommit", undefined, [0, 1, 2], 1);
    expect(vote.timedOut("precommit", 1).proposes(B, 2, 1, true).cast.at(-1)).toBe("prevote 2 bb");
  });

  it("28: prevotes again a value with two thirds of prevotes that the selected chain has left", () => {
    const vote = new TestVote(3).start();
    vote.validities.set(A, "invalid");
    vote.timedOut("propose").votes("precommit", undefined, [0, 1, 2]).timedOut("precommit");
    expect(vote.proposes(A, 1, 0, true).cast.at(-1)).toBe("prevote 1 aa");
  });

  it("28: does not prevote a value with two thirds of prevotes that must not be final", () => {
    const vote = new TestVote(3).start();
    vote.backedValidities.set(A, "invalid");
    vote.timedOut("propose").votes("precommit", undefined, [0, 1, 2]).timedOut("precommit");
    expect(vote.proposes(A, 1, 0, true).cast.at(-1)).toBe("prevote 1 none");
  });

  it("36: locks a value with two thirds of prevotes that the selected chain has left", () => {
    const vote = new TestVote(3).start();
    vote.validities.set(A, "invalid");
    expect(vote.proposes(A).votes("prevote", A, [0, 1, 2]).cast.at(-1)).toBe("precommit 0 aa");
  });

  it("FINAL-6, 34: a validator seen in a later step has prevoted, even if all its receivers have forgotten the vote", () => {
    const vote = new TestVote(3).start().proposes(A);
    expect(vote.votes("precommit", undefined, [0]).timers).not.toContain("prevote 0");
    expect(vote.votes("prevote", undefined, [1], 1).timers).toContain("prevote 0");
  });

  it("FINAL-6, 47: a validator seen in a later round has precommitted", () => {
    const vote = new TestVote(3).start().votes("precommit", undefined, [0, 1]);
    expect(vote.timers).not.toContain("precommit 0");
    expect(vote.votes("prevote", undefined, [2], 1).timers).toContain("precommit 0");
  });

  it("34: waits once when two thirds have prevoted different values", () => {
    const vote = new TestVote(3)
      .start()
      .proposes(A)
      .votes("prevote", B, [0])
      .votes("prevote", undefined, [1]);
    expect(vote.votes("prevote", undefined, [2]).timers).toEqual(["propose 0", "prevote 0"]);
  });

  it("36, locking: locks and precommits a value with two thirds of prevotes", () => {
    const vote = new TestVote(3).start().proposes(A).votes("prevote", A, [0, 1]);
    expect(vote.cast).toEqual(["prevote 0 aa", "precommit 0 aa"]);
  });

  it("36, 15, valid value proposed again: proposes again a value that got two thirds of prevotes too late for a precommit", () => {
    const vote = new TestVote(1).start().proposes(B).timedOut("prevote").votes("prevote", B, [0, 2]);
    vote.votes("precommit", undefined, [0, 2, 3]).timedOut("precommit");
    expect(vote.cast).toContain("precommit 0 none");
    expect(vote.proposals).toMatchObject([{ round: 1, value: B, validRound: 0 }]);
  });

  it("44: precommits nil when two thirds prevoted nil", () => {
    const vote = new TestVote(3).start().proposes(A).votes("prevote", undefined, [0, 1, 2]);
    expect(vote.cast).toEqual(["prevote 0 aa", "precommit 0 none"]);
  });

  it("47: waits once when two thirds have precommitted different values", () => {
    const vote = new TestVote(3).start().votes("precommit", A, [0]).votes("precommit", undefined, [1, 2]);
    expect(vote.timers).toEqual(["propose 0", "precommit 0"]);
  });

  it("49: decides a value with two thirds of precommits, in an earlier round too, and then sends nothing", () => {
    const vote = new TestVote(3).start().votes("precommit", A, [0, 1]).votes("prevote", B, [0, 1], 1);
    expect(vote.vote.round).toBe(1);
    expect(vote.votes("precommit", A, [2]).decided).toBe(A);
    expect(vote.timedOut("propose", 1).cast).toEqual([]);
  });

  it("55, round skip on f+1: goes to a round with a third of the power, and not with less", () => {
    const vote = new TestVote(3).start().votes("prevote", A, [0], 9_000);
    expect(vote.vote.round).toBe(0);
    expect(vote.votes("precommit", undefined, [1], 7).vote.round).toBe(7);
  });

  it("57, 61, 65: the timeouts of the steps", () => {
    const vote = new TestVote(3).start().timedOut("propose").timedOut("prevote").timedOut("precommit");
    expect(vote.cast).toEqual(["prevote 0 none", "precommit 0 none"]);
    expect(vote.vote.round).toBe(1);
  });

  it("a timeout of an earlier round or step changes nothing", () => {
    const vote = locked();
    const before = vote.outputs.length;
    vote.timedOut("propose", 0).timedOut("prevote", 1);
    expect(vote.outputs).toHaveLength(before);
  });
});

describe("a validator", () => {
  it("is bound by its log over a restart", () => {
    const before = locked();
    const { memory } = before.outputs.findLast((output) => output.kind === "vote")!;
    const after = new TestVote(3, memory).start();
    expect(after.outputs).toEqual([]);
    after.proposes(B).timedOut("precommit").proposes(B, 1);
    expect(after.cast).toEqual(["prevote 1 none"]);
  });

  it("that votes twice in a step gives evidence, and counts once", () => {
    const vote = new TestVote(3).start().votes("precommit", A, [0, 1]).votes("precommit", B, [1]);
    expect(vote.outputs.filter(({ kind }) => kind === "evidence")).toHaveLength(1);
    expect(vote.votes("precommit", A, [1]).decided).toBeUndefined();
  });

  it("that only observes decides without voting", () => {
    const vote = new TestVote(undefined).start().proposes(A).votes("precommit", A, [0, 1, 2]);
    expect(vote.cast).toEqual([]);
    expect(vote.decided).toBe(A);
  });

  it("ignores proposals of validators other than the proposer, and votes of strangers", () => {
    const vote = new TestVote(3).start();
    vote.vote.propose({ epoch: 1, height: 1, round: 0, value: A, validRound: -1, validator: 2 }, false);
    vote.votes("precommit", A, [4, 5, 6, 7]);
    expect(vote.cast).toEqual([]);
    expect(vote.decided).toBeUndefined();
  });
});

describe("rounds far away", () => {
  it("FINAL-6, 55: an older message does not hide that its sender was seen further ahead", () => {
    const vote = new TestVote(3).start().votes("prevote", undefined, [2], 1).votes("prevote", A, [2], 0);
    expect(vote.vote.round).toBe(0);
    expect(vote.votes("prevote", undefined, [1], 1).vote.round).toBe(1);
  });

  it("keeps votes of up to four rounds ahead", () => {
    const vote = new TestVote(3).start().votes("prevote", A, [0], 4).votes("prevote", A, [0], 5);
    expect([4, 5].map((round) => vote.vote.votesOf(round).length)).toEqual([1, 0]);
  });

  it("VOTE_UNTIMELY: round too far from this node's: verifies one message per validator from further rounds", () => {
    const { vote } = new TestVote(3).start();
    const check = (round: number) => () => vote.checkRound({ validator: 0, round });
    expect(check(4)).not.toThrow();
    expect(check(5)).not.toThrow();
    vote.vote(signed({ epoch: 1, height: 1, round: 5, step: "prevote", value: A, validator: 0 }));
    expect(check(4)).not.toThrow();
    expect(check(5)).toThrow(
      expect.objectContaining({
        code: "VOTE_UNTIMELY",
        facts: expect.objectContaining({ reason: "round too far from this node's" }),
      }),
    );
    expect(check(400)).toThrow(
      expect.objectContaining({
        code: "VOTE_UNTIMELY",
        facts: expect.objectContaining({ reason: "round too far from this node's" }),
      }),
    );
  });

  it("VOTE_UNTIMELY: round too far from this node's: keeps votes of the last sixteen rounds, and no older ones", () => {
    const vote = new TestVote(3).start().votes("prevote", undefined, [0, 1], 17);
    expect(vote.vote.round).toBe(17);
    const check = (round: number) => () => vote.vote.checkRound({ validator: 0, round });
    expect(check(1)).not.toThrow();
    expect(check(0)).toThrow(
      expect.objectContaining({
        code: "VOTE_UNTIMELY",
        facts: expect.objectContaining({ reason: "round too far from this node's" }),
      }),
    );
    vote.votes("prevote", A, [0], 0).votes("prevote", A, [0], 1);
    expect([0, 1].map((round) => vote.vote.votesOf(round).length)).toEqual([0, 1]);
  });
});
