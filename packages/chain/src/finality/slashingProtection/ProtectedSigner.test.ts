import { blsSecretFromSeed, blsVerify } from "@trellis/crypto";
import { type Hash, type Vote, voteSignedBytes } from "@trellis/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ProtectedSigner } from "./ProtectedSigner.ts";
import { type RestoredLog, SIGNING_STEPS, type SigningWatermark, type VoteLog } from "./SigningWatermark.ts";

const secret = blsSecretFromSeed(new Uint8Array(32).fill(7));
const A: Hash = `0x${"aa".repeat(32)}`;
const B: Hash = `0x${"bb".repeat(32)}`;
const DOMAIN = { chainId: 1n, genesisHash: B };
const bound = {
  memory: {
    round: 0,
    step: "prevote",
    lockedRound: -1,
    lockedValue: undefined,
    validRound: -1,
    validValue: undefined,
    hasProposed: false,
  },
  proof: undefined,
} as const;

class MemoryLog implements VoteLog {
  record: SigningWatermark | undefined;
  restored: RestoredLog | undefined;
  isBroken = false;

  async settle(): Promise<void> {
    this.restored = undefined;
  }

  load(): SigningWatermark | undefined {
    return this.record;
  }

  async save(record: SigningWatermark): Promise<void> {
    if (this.isBroken) throw new Error("the disk is full");
    this.record = record;
  }
}

const vote = (change: Partial<Vote> = {}): Vote => ({
  epoch: 0,
  height: 5,
  round: 1,
  step: "prevote",
  value: A,
  validator: 0,
  ...change,
});

describe("signer without contradictions [FINAL-8]", () => {
  it("signs higher votes, and the same vote again", async () => {
    const log = new MemoryLog();
    const signer = new ProtectedSigner(DOMAIN, secret, log);
    const { signature } = await signer.signVote(vote(), bound);
    expect(blsVerify(voteSignedBytes(DOMAIN, vote(), A), signature, signer.publicKey)).toBe(true);
    expect((await signer.signVote(vote(), bound)).signature).toEqual(signature);
    await signer.signVote(vote({ step: "precommit", value: undefined }), bound);
    await signer.signVote(vote({ height: 6, round: 0, value: B }), bound);
    expect(log.record).toMatchObject({ height: 6, round: 0, step: "prevote", value: B });
  });

  it("VOTE_PROTECTED", async () => {
    const log = new MemoryLog();
    await new ProtectedSigner(DOMAIN, secret, log).signVote(vote(), bound);
    const restarted = new ProtectedSigner(DOMAIN, secret, log);
    const refused = [{ value: B }, { value: undefined }, { round: 0 }, { height: 4, round: 9 }] as const;
    for (const change of refused) {
      await expect(restarted.signVote(vote(change), bound)).rejects.toMatchObject({ code: "VOTE_PROTECTED" });
    }
    const proposal = { epoch: 0, height: 5, round: 1, value: A, validRound: -1, validator: 0 };
    await expect(restarted.signProposal(proposal, bound)).rejects.toMatchObject({ code: "VOTE_PROTECTED" });
  });

  it("returns no signature that could not be stored", async () => {
    const log = new MemoryLog();
    const signer = new ProtectedSigner(DOMAIN, secret, log);
    log.isBroken = true;
    await expect(signer.signVote(vote(), bound)).rejects.toThrow("the disk is full");
    log.isBroken = false;
    await signer.signVote(vote({ value: B }), bound);
    expect(log.record?.value).toBe(B);
  });

  it("VOTE_KEY_ELSEWHERE: nor a vote being stored while another node with the key was seen [FINAL-12]", async () => {
    const log = new MemoryLog();
    const signer = new ProtectedSigner(DOMAIN, secret, log);
    log.save = async () => void signer.isElsewhere(vote({ value: B }));
    await expect(signer.signVote(vote(), bound)).rejects.toMatchObject({ code: "VOTE_KEY_ELSEWHERE" });
  });

  it("VOTE_PROTECTED: with a log from a backup, until two heights above the network's [FINAL-28]", async () => {
    const log = new MemoryLog();
    log.restored = {};
    const signer = new ProtectedSigner(DOMAIN, secret, log);
    const refused = async (height: number) =>
      expect(signer.signVote(vote({ height }), bound)).rejects.toMatchObject({ code: "VOTE_PROTECTED" });
    await refused(90);
    expect(signer.isElsewhere(vote({ height: 80 }))).toBe(false);
    signer.settle(80);
    for (const height of [79, 80, 81]) await refused(height);
    expect([signer.isElsewhere(vote({ height: 80 })), log.restored]).toEqual([false, {}]);
    await signer.signVote(vote({ height: 82 }), bound);
    expect([log.record?.height, log.restored]).toEqual([82, undefined]);
    expect(signer.isElsewhere(vote({ height: 83 }))).toBe(true);
  });

  it("VOTE_PROTECTED: below the round in which a lost network resumes [FINAL-28.2]", async () => {
    const log = new MemoryLog();
    log.record = { height: 5, round: 0, step: "propose", value: A, own: undefined };
    log.restored = { resumption: { round: 700, height: 6 } };
    const signer = new ProtectedSigner(DOMAIN, secret, log);
    expect(signer.isElsewhere(vote({ round: 699 }))).toBe(false);
    for (const height of [5, 6])
      await expect(signer.signVote(vote({ height, round: 699 }), bound)).rejects.toMatchObject({
        code: "VOTE_PROTECTED",
      });
    for (const height of [5, 6]) await signer.signVote(vote({ height, round: 700 }), bound);
    expect(log.restored).toBeDefined();
    await signer.signVote(vote({ height: 7, round: 0 }), bound);
    expect(log.restored).toBeUndefined();
  });

  it("SHARD-16.1: in another shard, signs a height again only for a later epoch's set", async () => {
    const log = new MemoryLog();
    const signer = new ProtectedSigner(DOMAIN, secret, log, true);
    await signer.signVote(vote({ epoch: 2, height: 7 }), bound);
    await signer.signVote(vote({ epoch: 3, value: B }), bound);
    expect(log.record).toMatchObject({ epoch: 3, height: 5, value: B });
    for (const change of [{ epoch: 2, height: 8 }, { epoch: 3, height: 4 }, { epoch: 3 }])
      await expect(signer.signVote(vote(change), bound)).rejects.toMatchObject({ code: "VOTE_PROTECTED" });
    expect(signer.isElsewhere(vote({ epoch: 2, height: 9 }))).toBe(false);
    expect(signer.isElsewhere(vote({ epoch: 4, height: 1 }))).toBe(true);
  });

  it.each([
    ["shard 0", false],
    ["another shard", true],
  ])("never signs two votes for one step of %s, for any requests and restarts", async (_, isByEpoch) => {
    const asked = fc.record({
      epoch: fc.nat({ max: isByEpoch ? 2 : 0 }),
      height: fc.nat({ max: 2 }),
      round: fc.nat({ max: 2 }),
      step: fc.constantFrom("prevote", "precommit" as const),
      value: fc.constantFrom(A, B, undefined),
      isRestarted: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(asked, { maxLength: 30 }), async (requests) => {
        const log = new MemoryLog();
        let signer = new ProtectedSigner(DOMAIN, secret, log, isByEpoch);
        const signed = new Map<string, Hash | undefined>();
        let newest = "";
        for (const { isRestarted, ...change } of requests) {
          if (isRestarted) signer = new ProtectedSigner(DOMAIN, secret, log, isByEpoch);
          const isSigned = await signer.signVote(vote(change), bound).then(
            () => true,
            () => false,
          );
          if (!isSigned) continue;
          const place = [change.epoch, change.height, change.round, SIGNING_STEPS.indexOf(change.step)];
          expect(place.join() >= newest).toBe(true);
          newest = place.join();
          if (signed.has(place.join())) expect(signed.get(place.join())).toBe(change.value);
          signed.set(place.join(), change.value);
        }
      }),
      { numRuns: 30 },
    );
  });
});
