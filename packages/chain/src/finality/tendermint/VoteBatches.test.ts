import { blsPublicKey, blsSign, blsVerify, blsVerifyAggregate, blsVerifyEach } from "@trellis/crypto";
import { type Signed, type Vote, type VoteBundle, voteSignedBytes } from "@trellis/protocol";
import fc from "fast-check";
import { expect, it } from "vitest";
import { finalityErrors } from "../errors.ts";
import { blockOf, DOMAIN, secretOf } from "../testing/GadgetNetwork.ts";
import { ValidatorSet } from "../validatorSets/ValidatorSet.ts";
import { VoteBatches } from "./VoteBatches.ts";

const BALLOT = { epoch: 0, height: 1, round: 0, step: "prevote" } as const;

function vote(validator: number, value = blockOf(1), signer = validator): Signed<Vote> {
  const signature = blsSign(voteSignedBytes(DOMAIN, BALLOT, value), secretOf(signer));
  return { message: { ...BALLOT, value, validator }, signature };
}

class TestBatches {
  readonly sizes: number[] = [];
  readonly votes: Signed<Vote>[] = [];
  readonly untimely = new Set<number>();
  readonly batches: VoteBatches;

  constructor() {
    const validators = [0, 1, 2, 3, 4, 5].map((index) => ({
      publicKey: blsPublicKey(secretOf(index)),
      power: 1n,
    }));
    const set = new ValidatorSet(DOMAIN, 0, validators, {
      verify: blsVerify,
      verifyAggregate: blsVerifyAggregate,
      verifyEach: (message, signed) => {
        this.sizes.push(signed.length);
        return blsVerifyEach(message, signed);
      },
    });
    this.batches = new VoteBatches((signed) => {
      const { validator } = signed.message;
      if (this.untimely.has(validator)) throw finalityErrors.VOTE_UNTIMELY({ validator });
      if (this.accepted.includes(validator)) throw finalityErrors.VOTE_KNOWN({ validator });
      return { set, accept: () => void this.votes.push(signed) };
    });
  }

  get accepted(): number[] {
    return this.votes.map(({ message }) => message.validator);
  }

  async receive(...bundles: readonly VoteBundle[]): Promise<(string | undefined)[][]> {
    const outcomes = await Promise.all(bundles.map((bundle) => this.batches.receive(bundle)));
    return outcomes.map((each) => each.map((error) => error?.code));
  }
}

it("verifies bundles that arrive during a verification together, each signature once [FINAL-29]", async () => {
  const test = new TestBatches();
  const outcomes = await test.receive(
    [vote(0)],
    [vote(1), vote(2)],
    [vote(2), vote(3)],
    [vote(4, blockOf(2))],
    [vote(0)],
  );
  expect(test.sizes).toEqual([1, 3, 1]);
  expect(outcomes).toEqual([
    [undefined],
    [undefined, undefined],
    ["VOTE_KNOWN", undefined],
    [undefined],
    ["VOTE_KNOWN"],
  ]);
});

it("VOTE_INVALID concerns only the bundle with the invalid signature [FINAL-29]", async () => {
  const test = new TestBatches();
  const outcomes = await test.receive(
    [vote(5)],
    [vote(0), vote(1)],
    [vote(2), vote(3, blockOf(1), 4)],
    [vote(4)],
  );
  expect(outcomes).toEqual([
    [undefined],
    [undefined, undefined],
    ["VOTE_INVALID", "VOTE_INVALID"],
    [undefined],
  ]);
  expect(test.accepted).toEqual([5, 0, 1, 4]);
  // The plain sum of exchanged signatures is valid.
  expect(await test.receive([vote(2, blockOf(1), 3), vote(3, blockOf(1), 2)])).toEqual([
    ["VOTE_INVALID", "VOTE_INVALID"],
  ]);
});

it("a vote that becomes timely during the verification of others is not accepted unverified [FINAL-29]", async () => {
  const test = new TestBatches();
  test.untimely.add(1);
  const forged = vote(1, blockOf(1), 2);
  const received = test.receive([vote(0), forged], [forged]);
  test.untimely.clear();
  expect(await received).toEqual([[undefined, "VOTE_UNTIMELY"], ["VOTE_INVALID"]]);
  expect(test.accepted).toEqual([0]);
});

it("a vote that is no longer needed after its verification is not accepted [FINAL-29]", async () => {
  const test = new TestBatches();
  const received = test.receive([vote(0), vote(1)]);
  test.untimely.add(1);
  expect(await received).toEqual([[undefined, "VOTE_UNTIMELY"]]);
});

it("in any order of bundles, genuine votes of valid bundles are accepted once, and no forged vote [FINAL-29]", async () => {
  const genuine = [0, 1, 2, 3, 4, 5].map((validator) => vote(validator));
  const forged = genuine.map(({ message }) =>
    vote(message.validator, blockOf(1), (message.validator + 1) % 6),
  );
  const member = fc.tuple(
    fc.nat({ max: 5 }),
    fc.integer({ min: 0, max: 7 }).map((draw) => draw === 0),
  );
  const bundle = fc.uniqueArray(member, { minLength: 1, maxLength: 6, selector: ([validator]) => validator });
  await fc.assert(
    fc.asyncProperty(fc.array(bundle, { minLength: 1, maxLength: 6 }), async (drawn) => {
      const test = new TestBatches();
      const bundles = drawn.map((members) =>
        members.map(([validator, isForged]) => (isForged ? forged : genuine)[validator]!),
      );
      const outcomes = await test.receive(...bundles);
      const right = drawn.filter((members) => members.every(([, isForged]) => !isForged));
      const expected = new Set(right.flatMap((members) => members.map(([validator]) => validator)));
      expect(new Set(test.accepted).size).toBe(test.accepted.length);
      expect(new Set(test.accepted).isSupersetOf(expected)).toBe(true);
      for (const accepted of test.votes) expect(genuine).toContain(accepted);
      for (const [at, members] of drawn.entries()) {
        if (right.includes(members)) expect(outcomes[at]).not.toContain("VOTE_INVALID");
      }
    }),
    { numRuns: 40 },
  );
});
