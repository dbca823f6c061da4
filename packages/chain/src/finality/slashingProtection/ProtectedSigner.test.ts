import { blsSecretFromSeed, blsVerify } from "@trellis/crypto";
import { type Hash, type Vote, voteSignedBytes } from "@trellis/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ProtectedSigner } from "./ProtectedSigner.ts";
import { SIGNING_STEPS, type SigningWatermark, type VoteLog } from "./SigningWatermark.ts";

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
  isBroken = false;

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

  it("never signs two votes for one step, for any requests in any order, and over restarts", async () => {
    const asked = fc.record({
      height: fc.nat({ max: 2 }),
      round: fc.nat({ max: 2 }),
      step: fc.constantFrom("prevote", "precommit" as const),
      value: fc.constantFrom(A, B, undefined),
      isRestarted: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(asked, { maxLength: 30 }), async (requests) => {
        const log = new MemoryLog();
        let signer = new ProtectedSigner(DOMAIN, secret, log);
        const signed = new Map<string, Hash | undefined>();
        let newest = "";
        for (const { isRestarted, ...change } of requests) {
          if (isRestarted) signer = new ProtectedSigner(DOMAIN, secret, log);
          const isSigned = await signer.signVote(vote(change), bound).then(
            () => true,
            () => false,
          );
          if (!isSigned) continue;
          const place = [change.height, change.round, SIGNING_STEPS.indexOf(change.step)];
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
