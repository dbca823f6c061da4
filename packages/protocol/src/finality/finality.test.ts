import { isTrellisError } from "@trellis/base";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeRlp } from "../rlp/encodeRlp.ts";
import { refusal } from "../testing/refusal.ts";
import type { Hash } from "../words.ts";
import {
  decodeCertificate,
  decodeEvidence,
  decodeHeartbeat,
  decodeProposal,
  decodeVote,
  decodeVoteBundle,
  encodeCertificate,
  encodeEvidence,
  encodeHeartbeat,
  encodeProposal,
  encodeVote,
  encodeVoteBundle,
  VALIDATORS_MAX,
} from "./codecs.ts";
import { heartbeatSignedBytes, proposalSignedBytes, voteSignedBytes } from "./signedBytes.ts";
import { bitsToSigners, signersToBits } from "./signers.ts";
import {
  type Certificate,
  type Heartbeat,
  type Proposal,
  type Signed,
  VOTE_STEPS,
  type Vote,
  type VoteBundle,
} from "./Vote.ts";

const hash = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .map((bytes): Hash => `0x${Buffer.from(bytes).toString("hex")}`);
const signature = fc.uint8Array({ minLength: 96, maxLength: 96 });
const count = fc.nat({ max: 2 ** 40 });
const round = fc.nat({ max: 2 ** 31 });
const validator = fc.nat({ max: VALIDATORS_MAX - 1 });
const ballot = { epoch: count, height: count, round, step: fc.constantFrom(...VOTE_STEPS) };
const vote: fc.Arbitrary<Signed<Vote>> = fc.record({
  message: fc.record({ ...ballot, value: fc.option(hash, { nil: undefined }), validator }),
  signature,
});
const certificate: fc.Arbitrary<Certificate> = fc.record({
  ...ballot,
  value: hash,
  signers: fc.uint8Array({ maxLength: VALIDATORS_MAX / 8 }),
  signature,
});
const bundle: fc.Arbitrary<VoteBundle> = fc
  .tuple(vote, fc.uniqueArray(fc.tuple(validator, signature), { minLength: 1, selector: ([index]) => index }))
  .map(([{ message }, signed]) =>
    signed
      .sort(([a], [b]) => a - b)
      .map(([index, bytes]) => ({ message: { ...message, validator: index }, signature: bytes })),
  );
const heartbeat: fc.Arbitrary<Signed<Heartbeat>> = fc.record({
  message: fc.record({ epoch: count, height: count, slot: count, validator }),
  signature,
});
const proposal: fc.Arbitrary<Proposal> = fc.record({
  epoch: count,
  height: count,
  round,
  value: hash,
  validRound: fc.integer({ min: -1, max: 2 ** 31 }),
  validator,
});

const evidence = fc.record(
  { first: vote, second: vote, shard: fc.integer({ min: 1, max: 0xffff }) },
  { requiredKeys: ["first", "second"] },
);

describe("vote messages [FINAL-3]", () => {
  it("survive a round trip", () => {
    fc.assert(
      fc.property(vote, (sent) => {
        expect(decodeVote(encodeVote(sent))).toEqual(sent);
      }),
    );
    fc.assert(
      fc.property(bundle, (sent) => {
        expect(decodeVoteBundle(encodeVoteBundle(sent.toReversed()))).toEqual(sent);
      }),
    );
    fc.assert(
      fc.property(heartbeat, (sent) => {
        expect(decodeHeartbeat(encodeHeartbeat(sent))).toEqual(sent);
      }),
    );
    fc.assert(
      fc.property(certificate, (sent) => {
        expect(decodeCertificate(encodeCertificate(sent))).toEqual(sent);
      }),
    );
    fc.assert(
      fc.property(
        fc.record({ message: proposal, signature, proof: fc.option(certificate, { nil: undefined }) }),
        (sent) => {
          expect(decodeProposal(encodeProposal(sent))).toEqual(sent);
        },
      ),
    );
    fc.assert(
      fc.property(evidence, (sent) => {
        expect(decodeEvidence(encodeEvidence(sent))).toEqual(sent);
      }),
    );
  });

  it("refuse any other bytes with a code", () => {
    const decoders = [
      decodeVote,
      decodeVoteBundle,
      decodeCertificate,
      decodeProposal,
      decodeEvidence,
      decodeHeartbeat,
    ];
    const encoded = fc.oneof(
      vote.map(encodeVote),
      bundle.map(encodeVoteBundle),
      heartbeat.map(encodeHeartbeat),
      evidence.map(encodeEvidence),
    );
    const damaged = fc
      .tuple(encoded, fc.nat(), fc.nat({ max: 255 }))
      .map(([bytes, at, byte]) => bytes.with(at % bytes.length, byte));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), damaged), (bytes) => {
        for (const decode of decoders) {
          try {
            decode(bytes);
          } catch (error) {
            expect(isTrellisError(error) && error.consequence).toBe("penalise");
          }
        }
      }),
    );
  });
});

it("SHARD-16.1: evidence of shard 0 does not name the shard", () => {
  fc.assert(
    fc.property(evidence, (sent) => {
      expect(() => decodeEvidence(encodeEvidence({ ...sent, shard: 0 }))).toThrow(
        refusal("RLP_INVALID: shard 0 is not named"),
      );
    }),
    { numRuns: 5 },
  );
});

it("a bundle has one signature for each listed validator, and no other encoding [FINAL-3]", () => {
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), bundle.map(encodeVoteBundle)), (bytes) => {
      try {
        expect(encodeVoteBundle(decodeVoteBundle(bytes))).toEqual(bytes);
      } catch (error) {
        expect(isTrellisError(error)).toBe(true);
      }
    }),
  );
  const [{ message, signature: bytes }] = fc.sample(vote, 1) as [Signed<Vote>];
  const at = [message.epoch, message.height, message.round, 0, new Uint8Array(0)];
  const wrong = [
    [Uint8Array.of(3), bytes],
    [Uint8Array.of(1, 0), bytes],
    [new Uint8Array(0), new Uint8Array(0)],
    [Uint8Array.of(1), new Uint8Array(192)],
  ];
  for (const fields of wrong) {
    expect(() => decodeVoteBundle(encodeRlp([...at, ...fields]))).toThrow(
      expect.objectContaining({ code: "RLP_INVALID" }),
    );
  }
});

describe("signing root", () => {
  it("differs for any two steps, values, chains and geneses, and between votes, proposals and heartbeats [FINAL-1] [FINAL-2] [FINAL-23]", () => {
    const texts = new Set<string>();
    const add = (bytes: Uint8Array): Set<string> => texts.add(Buffer.from(bytes).toString("hex"));
    const value: Hash = `0x${"ab".repeat(32)}`;
    const genesis: Hash = `0x${"01".repeat(32)}`;
    for (const [chainId, genesisHash, epoch, height, turn] of [
      [1n, genesis, 2, 3, 4],
      [2n, genesis, 2, 3, 4],
      [1n, value, 2, 3, 4],
      [1n, genesis, 3, 3, 4],
      [1n, genesis, 2, 4, 4],
      [1n, genesis, 2, 3, 5],
    ] as const) {
      const domain = { chainId, genesisHash };
      for (const step of VOTE_STEPS) {
        add(voteSignedBytes(domain, { epoch, height, round: turn, step }, undefined));
        add(voteSignedBytes(domain, { epoch, height, round: turn, step }, value));
      }
      for (const validator of [0, 1]) {
        add(heartbeatSignedBytes(domain, { epoch, height, slot: turn, validator }));
      }
      for (const validRound of [-1, 0]) {
        const message = { epoch, height, round: turn, value, validRound, validator: 0 };
        add(proposalSignedBytes(domain, message));
        add(proposalSignedBytes(domain, { ...message, validator: 1 }));
      }
    }
    expect(texts.size).toBe(6 * 10);
  });
});

it("signers are bits, lowest first [FINAL-4]", () => {
  expect(signersToBits([0, 9], 10)).toEqual(Uint8Array.of(1, 2));
  fc.assert(
    fc.property(fc.uniqueArray(validator), (signers) => {
      const sorted = [...signers].sort((a, b) => a - b);
      expect(bitsToSigners(signersToBits(signers, VALIDATORS_MAX))).toEqual(sorted);
    }),
  );
});
