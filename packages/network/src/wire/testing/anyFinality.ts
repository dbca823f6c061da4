import { bytesToHex } from "@trellis/base";
import {
  BUNDLED_VOTES_MAX,
  type Certificate,
  type Proposal,
  type Signed,
  type Vote,
  type VoteBundle,
} from "@trellis/protocol";
import fc from "fast-check";

const bytesOf = (minLength: number, maxLength = minLength) => fc.uint8Array({ minLength, maxLength });
const hash = bytesOf(32).map(bytesToHex);
const number = fc.nat({ max: 2 ** 40 });
const orNone = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });

export const anyCertificate: fc.Arbitrary<Certificate> = fc.record({
  epoch: number,
  height: number,
  round: fc.nat(),
  step: fc.constant("precommit" as const),
  value: hash,
  signers: bytesOf(0, 16),
  signature: bytesOf(96),
});
const signed: fc.Arbitrary<Signed<Vote>> = fc.record({
  message: fc.record({
    epoch: number,
    height: number,
    round: fc.nat(),
    step: fc.constantFrom("prevote", "precommit"),
    value: orNone(hash),
    validator: fc.nat({ max: 1_023 }),
  }),
  signature: bytesOf(96),
});
const bundle: fc.Arbitrary<VoteBundle> = fc
  .tuple(
    signed,
    fc.uniqueArray(fc.nat({ max: 1_023 }), { minLength: 1, maxLength: BUNDLED_VOTES_MAX }),
    bytesOf(96),
  )
  .map(([{ message }, validators, signature]) =>
    validators
      .sort((a, b) => a - b)
      .map((validator) => ({
        message: { ...message, validator },
        signature: signature.with(0, validator & 255),
      })),
  );
const proposal: fc.Arbitrary<Proposal> = fc.record({
  epoch: number,
  height: number,
  round: fc.nat(),
  value: hash,
  validRound: fc.integer({ min: -1, max: 2 ** 31 }),
  validator: fc.nat({ max: 1_023 }),
});
export const anyFinalityContent = fc.oneof(
  bundle.map((votes) => ({ kind: "votes" as const, votes })),
  fc.record({
    kind: fc.constant("proposal" as const),
    proposal: fc.record({ message: proposal, signature: bytesOf(96), proof: orNone(anyCertificate) }),
  }),
  anyCertificate.map((value) => ({ kind: "certificate" as const, certificate: value })),
  fc.record({
    kind: fc.constant("evidence" as const),
    evidence: fc.record({ first: signed, second: signed }),
  }),
  fc.record({
    kind: fc.constant("heartbeat" as const),
    heartbeat: fc.record({
      message: fc.record({ epoch: number, height: number, slot: number, validator: fc.nat({ max: 1_023 }) }),
      signature: bytesOf(96),
    }),
  }),
);
