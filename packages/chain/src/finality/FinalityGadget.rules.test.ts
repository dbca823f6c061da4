import { seededRandom } from "@trellis/kit";
import { bitsToSigners, type Certificate, type Hash, type Vote } from "@trellis/protocol";
import { describe, expect, it, vi } from "vitest";
import { ProtectedSigner } from "./slashingProtection/ProtectedSigner.ts";
import { blockOf } from "./testing/GadgetNetwork.ts";
import { certified, LISTEN_MS, LoneGadget, proposalOf, TIMES, voteOf } from "./testing/LoneGadget.ts";

const OTHER: Hash = `0x${"0b".repeat(32)}`;
const signersOf = ({ signers }: Certificate): number[] => bitsToSigners(signers);

describe("catching up [FINAL-4]", () => {
  it("a certificate of a later height of the epoch makes the heights before it final", () => {
    const node = new LoneGadget();
    node.gadget.receiveCertificate(certified(3, [0, 1, 2]));
    expect(node.finalHeight).toBe(3);
    expect(node.gadget.status?.height).toBe(4);
    expect(node.refusal((gadget) => gadget.receiveCertificate(certified(2, [0, 1, 2])))).toEqual({
      code: "VOTE_UNTIMELY: height is already final",
      verified: 0,
    });
  });

  it("VOTE_HEIGHT_AHEAD: requests the epochs between before a later epoch", () => {
    const node = new LoneGadget();
    const late = certified(6, [0, 1, 2]);
    expect(node.refusal((gadget) => gadget.receiveCertificate(late))).toEqual({
      code: "VOTE_HEIGHT_AHEAD",
      verified: 0,
    });
    expect(node.requestedHeights).toEqual([1]);
    node.gadget.receiveCertificate(certified(4, [0, 1, 3]));
    node.gadget.receiveCertificate(late);
    expect(node.finalHeight).toBe(6);
  });

  it("while a block is missing nobody votes, later certificates are accepted, and early votes wait", () => {
    const node = new LoneGadget();
    node.hasBlocks = false;
    node.gadget.receiveCertificate(certified(1, [0, 1, 2]));
    expect(node.gadget.status).toBeUndefined();
    node.gadget.receiveCertificate(certified(2, [0, 1, 2]));
    expect(node.refusal((gadget) => gadget.receiveVote(voteOf(0, { height: 2, round: 1 }))).code).toBe(
      "VOTE_UNTIMELY: height is already final",
    );
    node.hears(voteOf(0, { height: 3 }), voteOf(1, { height: 3 }), voteOf(2, { height: 3 }));
    expect(node.finalized.map(({ height }) => height)).toEqual([1, 2]);
    node.hasBlocks = true;
    node.blocksCame();
    expect(node.finalized.map(({ height }) => height)).toEqual([1, 2, 3]);
    expect(node.gadget.status?.height).toBe(4);
  });

  it("a validator that is ahead is asked once per repetition, however many messages it sends", async () => {
    const node = new LoneGadget();
    for (let height = 3; height < 100; height++) {
      node.refusal((gadget) => gadget.receiveVote(voteOf(0, { height, epoch: 0 })));
    }
    expect(node.requestedHeights).toEqual([1]);
    await node.pass(TIMES.repeatMs);
    node.refusal((gadget) => gadget.receiveVote(voteOf(0, { height: 7, epoch: 0 })));
    expect(node.requestedHeights).toEqual([1, 1]);
  });
});

describe("a proposal of a valid round [FINAL-2]", () => {
  const proven = (node: LoneGadget, height: number) =>
    proposalOf(node.sets[0]!, height, 1, certified(height, [0, 1, 2], { step: "prevote" }));
  const inRoundOne = (height: number) =>
    [0, 1].map((validator) => voteOf(validator, { height, round: 1, step: "prevote", value: undefined }));

  it("is voted on by its proof alone: the prevotes of that round need not have arrived", () => {
    const node = new LoneGadget().hears(...inRoundOne(1));
    expect(node.gadget.status).toEqual({ height: 1, round: 1, step: "propose" });
    node.gadget.receiveProposal(proven(node, 1));
    expect(node.gadget.status).toEqual({ height: 1, round: 1, step: "prevote" });
  });

  it("also if it arrived before its height began", () => {
    const node = new LoneGadget().hears(...inRoundOne(2));
    node.gadget.receiveProposal(proven(node, 2));
    expect(node.gadget.status).toEqual({ height: 1, round: 0, step: "propose" });
    node.gadget.receiveCertificate(certified(1, [0, 1, 2]));
    expect(node.gadget.status).toEqual({ height: 2, round: 1, step: "prevote" });
  });
});

describe("set without voting power [FINAL-9]", () => {
  it.each<[string, readonly bigint[]]>([
    ["nobody", []],
    ["stakes of 0", [0n, 0n, 0n, 0n]],
  ])("of %s is empty: nobody votes until the next set", async (_, powers) => {
    const node = new LoneGadget(0, powers, undefined, false);
    const { sets } = new LoneGadget();
    await node.pass(LISTEN_MS + TIMES.proposeMs);
    expect(node.gadget.status).toBeUndefined();
    expect(node.refusal((gadget) => gadget.receiveVote(voteOf(0)))).toEqual({
      code: "VOTE_HEIGHT_AHEAD",
      verified: 0,
    });
    node.sets = sets;
    node.gadget.moved();
    expect(node.gadget.status).toEqual({ height: 1, round: 0, step: "propose" });
    expect(node.said).toEqual([]);
  });
});

describe("timeouts grow with the round [FINAL-6]", () => {
  const timeUntil = async (node: LoneGadget, isThere: () => boolean): Promise<number> => {
    const before = node.time.nowMs();
    await node.time.run(100_000, isThere);
    return node.time.nowMs() - before;
  };

  it("each step waits longer than in the round before", async () => {
    const node = new LoneGadget();
    for (let round = 0; round < 5; round++) {
      const isStep = (step: string) => () => node.gadget.status?.step === step;
      expect(await timeUntil(node, isStep("prevote"))).toBe(TIMES.proposeMs + round * TIMES.growthMs);
      const split = [blockOf(1), OTHER, undefined];
      const votes = (step: "prevote" | "precommit") =>
        split.map((value, validator) => voteOf(validator, { round, step, value }));
      node.hears(...votes("prevote"));
      expect(await timeUntil(node, isStep("precommit"))).toBe(TIMES.prevoteMs + round * TIMES.growthMs);
      node.hears(...votes("precommit"));
      const isNext = () => node.gadget.status?.round === round + 1;
      expect(await timeUntil(node, isNext)).toBe(TIMES.precommitMs + round * TIMES.growthMs);
    }
  });

  it("up to a minute", async () => {
    const node = new LoneGadget().hears(voteOf(0, { round: 10_000 }), voteOf(1, { round: 10_000 }));
    expect(node.gadget.status?.round).toBe(10_000);
    expect(await timeUntil(node, () => node.gadget.status?.step === "prevote")).toBe(60_000);
  });
});

describe("fuller certificates [FINAL-11]", () => {
  it("late precommits delay nothing, and are part of the published certificate", async () => {
    const node = new LoneGadget().hears(voteOf(0), voteOf(1), voteOf(2));
    expect(node.finalized.map(signersOf)).toEqual([[0, 1, 2]]);
    expect(node.certificates).toEqual([]);
    node.hears(voteOf(3));
    expect(node.certificates.map(signersOf)).toEqual([[0, 1, 2, 3]]);
    expect(node.fuller).toEqual(node.certificates);
    node.sets[0]!.verifyCertificate(node.certificates[0]!);
  });

  it("is published unchanged after the precommit timeout, and later precommits are not added", async () => {
    const node = new LoneGadget().hears(voteOf(0), voteOf(1), voteOf(2));
    await node.pass(TIMES.precommitMs);
    expect(node.certificates.map(signersOf)).toEqual([[0, 1, 2]]);
    expect(node.fuller).toEqual([]);
    expect(node.refusal((gadget) => gadget.receiveVote(voteOf(3)))).toEqual({
      code: "VOTE_UNTIMELY: height is already final",
      verified: 0,
    });
  });

  it("a received certificate is published again only after it gained signatures", async () => {
    const told = new LoneGadget();
    told.gadget.receiveCertificate(certified(1, [0, 1, 2]));
    await told.pass(TIMES.precommitMs);
    expect(told.certificates).toEqual([]);
    const fuller = new LoneGadget();
    fuller.gadget.receiveCertificate(certified(1, [0, 1, 2]));
    fuller.hears(voteOf(3));
    expect(fuller.certificates.map(signersOf)).toEqual([[0, 1, 2, 3]]);
    fuller.sets[0]!.verifyCertificate(fuller.certificates[0]!);
  });

  it("a received certificate gains precommits that it lacked and that arrived earlier", async () => {
    const node = new LoneGadget().hears(voteOf(3));
    node.gadget.receiveCertificate(certified(1, [0, 1, 2]));
    expect(node.finalized.map(signersOf)).toEqual([[0, 1, 2]]);
    expect(node.certificates.map(signersOf)).toEqual([[0, 1, 2, 3]]);
    expect(node.fuller).toEqual(node.certificates);
    node.sets[0]!.verifyCertificate(node.certificates[0]!);
    const five = new LoneGadget(undefined, [1n, 1n, 1n, 1n, 1n]);
    five.hears(voteOf(4, { value: OTHER }), voteOf(4, { round: 1 }), voteOf(4, { step: "prevote" }));
    five.gadget.receiveCertificate(certified(1, [0, 1, 2, 3]));
    await five.pass(TIMES.precommitMs);
    expect(five.fuller).toEqual([]);
  });

  it("contains this node's precommit, even if it was stored late", async () => {
    const liar = vi.spyOn(ProtectedSigner.prototype, "isElsewhere").mockReturnValue(false);
    for (const saidBefore of [[], [voteOf(0, { value: OTHER })]]) {
      const node = new LoneGadget(0).hears(...saidBefore);
      node.gadget.receiveProposal(proposalOf(node.sets[0]!, 1));
      await node.pass(LISTEN_MS + 20);
      node.diskMs = 50;
      node.hears(...[1, 2].map((validator) => voteOf(validator, { step: "prevote" })));
      await node.pass(0);
      node.hears(...[1, 2, 3].map((validator) => voteOf(validator)));
      expect(node.certificates).toEqual([]);
      const { verified } = node.sets[0]!;
      await node.pass(50);
      expect(node.certificates.map(signersOf)).toEqual([[0, 1, 2, 3]]);
      expect(node.sets[0]!.verified).toBe(verified);
    }
    liar.mockRestore();
  });

  it("a precommit of another round, value or step is not added", () => {
    const node = new LoneGadget().hears(voteOf(0), voteOf(1), voteOf(2));
    for (const change of [
      { round: 1 },
      { value: OTHER },
      { value: undefined },
      { step: "prevote" },
    ] as const) {
      expect(node.refusal((gadget) => gadget.receiveVote(voteOf(3, change))).code).toBe(
        "VOTE_UNTIMELY: height is already final",
      );
    }
  });
});

describe("no signature is verified needlessly [FINAL-10]", () => {
  it("a certificate of verified votes is not verified in blocks", () => {
    const node = new LoneGadget().hears(...[0, 1, 2].map((validator) => voteOf(validator)));
    expect(node.finalized).toHaveLength(1);
    expect(node.sets[0]!.remembered).toEqual(node.finalized);
  });

  const refused = (vote: ReturnType<typeof voteOf>, node = new LoneGadget()) =>
    node.refusal((gadget) => gadget.receiveVote(vote));
  const free = (code: string) => ({ code, verified: 0 });

  it("VOTE_KNOWN", () => {
    const node = new LoneGadget().hears(voteOf(0));
    expect(refused(voteOf(0), node)).toEqual(free("VOTE_KNOWN"));
    const proposal = proposalOf(node.sets[0]!, 1);
    node.gadget.receiveProposal(proposal);
    expect(node.refusal((gadget) => gadget.receiveProposal(proposal))).toEqual(free("VOTE_KNOWN"));
    node.hears(voteOf(0, { height: 2 }));
    expect(refused(voteOf(0, { height: 2 }), node)).toEqual(free("VOTE_KNOWN"));
  });

  it("VOTE_UNTIMELY: a quorum has prevoted for this value; other values are still evidence", async () => {
    const node = new LoneGadget();
    const prevote = (validator: number, value?: Hash) =>
      voteOf(validator, value === undefined ? { step: "prevote" } : { step: "prevote", value });
    const all = [0, 1, 2].map((validator) => prevote(validator));
    expect(await node.gadget.receiveVotes(all)).toEqual([undefined, undefined, undefined]);
    expect(refused(prevote(3), node)).toEqual(free("VOTE_UNTIMELY: a quorum has prevoted for this value"));
    expect(refused(prevote(3, OTHER), node)).toEqual({ code: undefined, verified: 1 });
    expect(refused(prevote(0, OTHER), node)).toEqual({ code: "VOTE_CONFLICTING", verified: 1 });
    expect(node.evidence).toHaveLength(1);
  });

  it("a bundle's known votes", async () => {
    const node = new LoneGadget().hears(voteOf(0));
    const outcomes = await node.gadget.receiveVotes([voteOf(0), voteOf(1)]);
    expect(outcomes.map((error) => error?.code)).toEqual(["VOTE_KNOWN", undefined]);
    node.gadget.stop();
    const [late] = await node.gadget.receiveVotes([voteOf(2)]);
    expect(late?.code).toBe("VOTE_HEIGHT_AHEAD");
    expect(node.finalized).toEqual([]);
  });

  it("VOTE_INVALID: sender is not a validator of the epoch, VOTE_UNTIMELY: epoch does not match the height, VOTE_HEIGHT_AHEAD, VOTE_INVALID: another validator proposes in this round", () => {
    expect(refused(voteOf(4))).toEqual(free("VOTE_INVALID: sender is not a validator of the epoch"));
    expect(refused(voteOf(0, { epoch: 1 }))).toEqual(free("VOTE_UNTIMELY: epoch does not match the height"));
    expect(refused(voteOf(0, { height: 3 }))).toEqual(free("VOTE_HEIGHT_AHEAD"));
    expect(refused(voteOf(0, { height: 2, epoch: 1 }))).toEqual(free("VOTE_HEIGHT_AHEAD"));
    const node = new LoneGadget();
    const proposal = proposalOf(node.sets[0]!, 1);
    const message = { ...proposal.message, validator: (proposal.message.validator + 1) % 4 };
    expect(node.refusal((gadget) => gadget.receiveProposal({ ...proposal, message }))).toEqual(
      free("VOTE_INVALID: another validator proposes in this round"),
    );
  });

  it("VOTE_UNTIMELY: round too far from this node's: a validator is far ahead once", () => {
    const node = new LoneGadget().hears(voteOf(0, { round: 1_000 }));
    expect(refused(voteOf(0, { round: 2_000 }), node)).toEqual(
      free("VOTE_UNTIMELY: round too far from this node's"),
    );
    expect(refused(voteOf(0, { height: 2, round: 9 }), node)).toEqual(
      free("VOTE_UNTIMELY: round too far from this node's"),
    );
    node.hears(voteOf(1, { round: 2_000 }));
    expect(node.gadget.status?.round).toBe(1_000);
    expect(refused(voteOf(2, { round: 3 }), node)).toEqual(
      free("VOTE_UNTIMELY: round too far from this node's"),
    );
  });

  it("VOTE_CONFLICTING: the second vote is evidence, a third is ignored", () => {
    const node = new LoneGadget().hears(voteOf(0));
    expect(refused(voteOf(0, { value: OTHER }), node)).toEqual({ code: "VOTE_CONFLICTING", verified: 1 });
    expect(node.evidence).toHaveLength(1);
    expect(node.gadget.evidence.all()).toEqual(node.evidence);
    expect(refused(voteOf(0, { value: undefined }), node)).toEqual(free("VOTE_CONFLICTING"));
    const forged = { ...voteOf(1), message: { ...voteOf(1).message, value: OTHER } };
    node.hears(voteOf(1));
    expect(refused(forged, node).code).toBe("VOTE_INVALID: signature is not the validator's");
    expect(node.evidence).toHaveLength(1);
  });

  it("work is bounded by distinct messages, not by repetitions", () => {
    for (let seed = 0; seed < 10; seed++) {
      const random = seededRandom(seed);
      const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)]!;
      const messages = Array.from({ length: 40 }, () =>
        voteOf(pick([0, 1, 2, 3, 4]), {
          height: pick([0, 1, 1, 1, 2, 3, 1_000]),
          round: pick([0, 0, 1, 3, 5, 1_000_000]),
          epoch: pick([0, 0, 0, 1]),
          step: pick(["prevote", "precommit"]),
          value: pick([blockOf(1), OTHER, undefined]),
        }),
      );
      const node = new LoneGadget(0);
      let verified = 0;
      for (let times = 0; times < 800; times++) {
        const message = pick(messages);
        verified += node.refusal((gadget) => gadget.receiveVote(message)).verified;
      }
      expect(verified, `seed ${seed}`).toBeLessThanOrEqual(2 * messages.length);
    }
  });
});

describe("evidence [FINAL-5]", () => {
  const against = (validator: number, change: Partial<Vote> = {}) => ({
    first: voteOf(validator, change),
    second: voteOf(validator, { ...change, value: OTHER }),
  });

  it("from other nodes is verified and kept for blocks", () => {
    const node = new LoneGadget();
    node.gadget.receiveEvidence(against(2));
    expect(node.gadget.evidence.all()).toEqual([against(2)]);
  });

  it("VOTE_UNTIMELY: known already", () => {
    const node = new LoneGadget();
    node.gadget.receiveEvidence(against(2));
    const again = against(2, { height: 9, epoch: 0 });
    expect(node.refusal((gadget) => gadget.receiveEvidence(again))).toEqual({
      code: "VOTE_UNTIMELY: known already",
      verified: 0,
    });
  });

  it("VOTE_UNTIMELY: the epoch's validators are unknown", () => {
    const node = new LoneGadget();
    const early = against(2, { height: 5 });
    expect(node.refusal((gadget) => gadget.receiveEvidence(early))).toEqual({
      code: "VOTE_UNTIMELY: validator set of the epoch unknown to this node",
      verified: 0,
    });
    node.gadget.receiveCertificate(certified(4, [0, 1, 2]));
    node.gadget.receiveEvidence(early);
    node.gadget.receiveEvidence(against(2));
    expect(node.gadget.evidence.all()).toHaveLength(2);
  });

  it("VOTE_INVALID: of two epochs, or forged", () => {
    const node = new LoneGadget();
    const mixed = { first: voteOf(2), second: voteOf(2, { epoch: 1, value: OTHER }) };
    expect(node.refusal((gadget) => gadget.receiveEvidence(mixed)).code).toBe(
      "VOTE_INVALID: no equivocation",
    );
    const { first, second } = against(2);
    const forged = { first, second: { ...second, signature: first.signature } };
    expect(node.refusal((gadget) => gadget.receiveEvidence(forged)).code).toBe(
      "VOTE_INVALID: signature is not the validator's",
    );
    expect(node.gadget.evidence.all()).toEqual([]);
  });

  it("is found in votes of decided heights [FINAL-11]", () => {
    const node = new LoneGadget().hears(voteOf(0), voteOf(1), voteOf(2));
    expect(node.refusal((gadget) => gadget.receiveVote(voteOf(1, { value: OTHER }))).code).toBe(
      "VOTE_CONFLICTING",
    );
    expect(node.evidence.map(({ first }) => first.message.validator)).toEqual([1]);
  });

  it("two certificates of one height make the holders of the votes repeat them [FINAL-11]", () => {
    const node = new LoneGadget().hears(voteOf(0), voteOf(1), voteOf(2));
    const other = certified(1, [1, 2, 3], { value: OTHER });
    const code = () => node.refusal((gadget) => gadget.receiveCertificate(other)).code;
    expect(code()).toBe("VOTE_UNTIMELY: height is already final");
    const votes = [0, 1, 2].map((validator) => voteOf(validator));
    expect(node.said).toEqual(votes);
    expect(code()).toBe("VOTE_UNTIMELY: height is already final");
    expect(node.said).toHaveLength(3);
    const elsewhere = new LoneGadget().hears(
      ...[1, 2, 3].map((validator) => voteOf(validator, { value: OTHER })),
    );
    for (const vote of votes) elsewhere.refusal((gadget) => gadget.receiveVote(vote));
    expect(elsewhere.evidence.map(({ first }) => first.message.validator)).toEqual([1, 2]);
  });
});
