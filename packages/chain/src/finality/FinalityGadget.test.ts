import { blsSign } from "@trellis/crypto";
import { seededRandom } from "@trellis/kit";
import {
  type Hash,
  type Proposal,
  proposalSignedBytes,
  type Signed,
  type Vote,
  voteSignedBytes,
} from "@trellis/protocol";
import { describe, expect, it } from "vitest";
import { blockOf, DOMAIN, GadgetNetwork, type Sent, secretOf } from "./testing/GadgetNetwork.ts";
import { ValidatorSet } from "./validatorSets/ValidatorSet.ts";

const FOUR = [1n, 1n, 1n, 1n];
const OTHER: Hash = `0x${"0b".repeat(32)}`;

function toAll(network: GadgetNetwork, from: number, sent: Sent, delayMs = 20): void {
  network.members.forEach((member, to) => {
    if (to !== from) network.time.after(delayMs, () => member.receive(sent));
  });
}

function forged(change: Partial<Vote>, signer = 3): Signed<Vote> {
  const message: Vote = {
    epoch: 0,
    height: 1,
    round: 0,
    step: "prevote",
    value: OTHER,
    validator: 3,
    ...change,
  };
  return { message, signature: blsSign(voteSignedBytes(DOMAIN, message, message.value), secretOf(signer)) };
}

describe("validators", () => {
  it("finalize one checkpoint after another, with valid certificates", async () => {
    const network = new GadgetNetwork(FOUR, toAll);
    await network.time.run(60_000, () => network.slowest([0, 1, 2, 3]) >= 5);
    expect(network.slowest([0, 1, 2, 3])).toBe(5);
    const fresh = new ValidatorSet(DOMAIN, network.set.epoch, network.set.validators);
    for (const [height, certificate] of network.members[0]!.certificates) {
      expect(certificate.value).toBe(blockOf(height));
      expect(() => fresh.verifyCertificate(certificate)).not.toThrow();
    }
    expect(network.time.nowMs()).toBeLessThan(4_000);
  });

  it("continue while one of four is silent", async () => {
    const network = new GadgetNetwork(FOUR, (self, from, sent) => {
      if (from !== 2) toAll(self, from, sent);
    });
    await network.time.run(60_000, () => network.slowest([0, 1, 3]) >= 5);
    expect(network.slowest([0, 1, 3])).toBe(5);
  });

  it("stop while two of four are silent, and resume when they return", async () => {
    let isSplit = true;
    const network = new GadgetNetwork(FOUR, (self, from, sent) => {
      if (!isSplit || from < 2) toAll(self, from, sent);
    });
    await network.time.run(20_000);
    expect(network.slowest([0, 1, 2, 3])).toBe(0);
    isSplit = false;
    await network.time.run(60_000, () => network.slowest([0, 1, 2, 3]) >= 3);
    expect(network.slowest([0, 1, 2, 3])).toBe(3);
  });

  it("catch up by certificates after a partition", async () => {
    const network = new GadgetNetwork(FOUR, (self, from, sent) => {
      self.members.forEach((member, to) => {
        const isCutOff = to === 3 && self.time.nowMs() < 5_000;
        if (to !== from && !isCutOff) self.time.after(20, () => member.receive(sent));
      });
    });
    await network.time.run(5_000);
    expect(network.members[3]!.finalHeight).toBe(0);
    await network.time.run(2_000);
    expect(network.members[3]!.finalHeight).toBeGreaterThan(8);
  });

  it("vote for a block only when it arrives", async () => {
    const network = new GadgetNetwork(FOUR, toAll);
    for (const member of network.members.slice(1)) member.lagMs = 1_500;
    await network.time.run(60_000, () => network.slowest([0, 1, 2, 3]) >= 3);
    expect(network.slowest([0, 1, 2, 3])).toBe(3);
    expect(network.time.nowMs()).toBeGreaterThan(3_000);
  });

  it("that vote twice produce evidence, and stop nobody", async () => {
    const network = new GadgetNetwork(FOUR, (self, from, sent) => {
      toAll(self, from, sent);
      if (from !== 3 || sent.kind !== "vote") return;
      toAll(self, 3, { kind: "vote", vote: forged({ ...sent.vote.message, value: OTHER }) });
    });
    await network.time.run(60_000, () => network.slowest([0, 1, 2]) >= 3);
    expect(network.slowest([0, 1, 2])).toBe(3);
    expect(network.evidence.length).toBeGreaterThan(0);
    for (const evidence of network.evidence) {
      expect(evidence.first.message.validator).toBe(3);
      expect(() => network.set.verifyEvidence(evidence)).not.toThrow();
    }
  });

  it("lose and contradict nothing over restarts and losses, for any seed", async () => {
    for (let seed = 0; seed < 8; seed++) {
      const random = seededRandom(seed);
      const network = new GadgetNetwork(FOUR, (self, from, sent) => {
        self.members.forEach((member, to) => {
          const isLost = self.time.nowMs() < 6_000 && random() < 0.3;
          if (to !== from && !isLost) self.time.after(random() * 300, () => member.receive(sent));
        });
      });
      for (const member of network.members) {
        for (let times = 0; times < 3; times++) network.time.after(random() * 6_000, () => member.begin());
      }
      await network.time.run(
        120_000,
        () => network.slowest([0, 1, 2, 3]) >= 6 && network.time.nowMs() > 6_000,
      );
      expect(network.slowest([0, 1, 2, 3]), `seed ${seed}`).toBeGreaterThanOrEqual(6);
      expect(network.evidence, `seed ${seed}`).toEqual([]);
      for (const member of network.members) {
        for (const [height, { value }] of member.certificates) expect(value).toBe(blockOf(height));
      }
    }
  });
});

describe("refuses", () => {
  const refusalOf = (sent: Sent): string | undefined => {
    const network = new GadgetNetwork(FOUR, () => {});
    network.members[0]!.receive(sent);
    return network.refusals[0];
  };
  const vote = (change: Partial<Vote>, signer?: number): Sent => ({
    kind: "vote",
    vote: forged(change, signer),
  });
  const certificate = (change: Partial<Vote>): Sent => {
    const { message, signature } = forged(change);
    return {
      kind: "certificate",
      certificate: { ...message, value: OTHER, signers: Uint8Array.of(8), signature },
    };
  };
  const proposal = (validRound: number, proofRound?: number): Sent => {
    const network = new GadgetNetwork(FOUR, () => {});
    const validator = network.set.proposer(1, 5);
    const message: Proposal = { epoch: 0, height: 1, round: 5, value: OTHER, validRound, validator };
    const proof =
      proofRound === undefined
        ? undefined
        : ({ ...forged({ round: proofRound }).message, value: OTHER, signers: Uint8Array.of(15) } as const);
    const signature = blsSign(proposalSignedBytes(DOMAIN, message), secretOf(validator));
    const proven = proof === undefined ? undefined : { ...proof, signature };
    return { kind: "proposal", proposal: { message, signature, proof: proven } };
  };

  it("VOTE_UNTIMELY: height is already final", () =>
    expect(refusalOf(vote({ height: 0 }))).toBe("VOTE_UNTIMELY: height is already final"));
  it("VOTE_HEIGHT_AHEAD", () => expect(refusalOf(vote({ height: 2 ** 40 }))).toBe("VOTE_HEIGHT_AHEAD"));
  it("VOTE_INVALID: signature is not the validator's", () =>
    expect(refusalOf(vote({}, 1))).toBe("VOTE_INVALID: signature is not the validator's"));
  it("FINALITY_CERTIFICATE_INVALID: step is not precommit", () => {
    expect(refusalOf(certificate({ step: "prevote" }))).toBe(
      "FINALITY_CERTIFICATE_INVALID: step is not precommit",
    );
  });
  it("FINALITY_CERTIFICATE_INVALID: no more than two thirds of the power", () => {
    expect(refusalOf(certificate({ step: "precommit" }))).toBe(
      "FINALITY_CERTIFICATE_INVALID: no more than two thirds of the power",
    );
  });
  it("VOTE_INVALID: valid round is not proven by two thirds of prevotes", () => {
    expect(refusalOf(proposal(5))).toBe("VOTE_INVALID: valid round is not proven by two thirds of prevotes");
    expect(refusalOf(proposal(3, 2))).toBe(
      "VOTE_INVALID: valid round is not proven by two thirds of prevotes",
    );
    expect(refusalOf(proposal(3, 3))).toBe(
      "FINALITY_CERTIFICATE_INVALID: aggregate signature does not match the listed validators",
    );
  });
});
