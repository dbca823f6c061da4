import { isTrellisError } from "@trellis/base";
import {
  blsAggregate,
  blsPublicKey,
  blsSecretFromSeed,
  blsSign,
  blsVerify,
  blsVerifyAggregate,
  blsVerifyEach,
} from "@trellis/crypto";
import {
  type Certificate,
  type Hash,
  proposalSignedBytes,
  type Signed,
  signersToBits,
  type Vote,
  voteSignedBytes,
} from "@trellis/protocol";
import { describe, expect, it } from "vitest";
import { codeAndReason } from "../../store/testing/codeAndReason.ts";
import { ValidatorSet, type VoteSignatures } from "./ValidatorSet.ts";

const VALUE: Hash = `0x${"aa".repeat(32)}`;
const OTHER: Hash = `0x${"bb".repeat(32)}`;
const DOMAIN = { chainId: 7n, genesisHash: `0x${"01".repeat(32)}` } as const;
const secrets = [1, 2, 3, 4].map((byte) => blsSecretFromSeed(new Uint8Array(32).fill(byte)));
const set = new ValidatorSet(
  DOMAIN,
  5,
  secrets.map((secret, index) => ({ publicKey: blsPublicKey(secret), power: BigInt(index + 1) })),
);

function vote(change: Partial<Vote> = {}, signer?: number): Signed<Vote> {
  const message: Vote = {
    epoch: 5,
    height: 9,
    round: 2,
    step: "precommit",
    value: VALUE,
    validator: 1,
    ...change,
  };
  const bytes = voteSignedBytes(DOMAIN, message, message.value);
  return { message, signature: blsSign(bytes, secrets[signer ?? message.validator] ?? secrets[0]!) };
}

function certificate(signers: readonly number[], change: Partial<Certificate> = {}): Certificate {
  const ballot = { epoch: 5, height: 9, round: 2, step: "precommit" } as const;
  return {
    ...ballot,
    value: VALUE,
    signers: signersToBits(signers, 4),
    signature: blsAggregate(signers.map((validator) => vote({ validator }).signature)),
    ...change,
  };
}

function codeOf(verify: () => void): string | undefined {
  try {
    verify();
    return undefined;
  } catch (error) {
    return isTrellisError(error) ? codeAndReason(error) : String(error);
  }
}

describe("votes", () => {
  it("are accepted from validators of the epoch with their own signatures", () => {
    expect(codeOf(() => set.verifyVote(vote()))).toBeUndefined();
    expect(codeOf(() => set.verifyVote(vote({ value: undefined })))).toBeUndefined();
  });

  it("VOTE_INVALID: signature is not the validator's", () => {
    expect(codeOf(() => set.verifyVote(vote({}, 2)))).toBe("VOTE_INVALID: signature is not the validator's");
    const { signature } = vote();
    for (const change of [{ height: 10 }, { round: 3 }, { step: "prevote" }, { value: OTHER }] as const) {
      const { message } = vote(change);
      expect(codeOf(() => set.verifyVote({ message, signature }))).toBe(
        "VOTE_INVALID: signature is not the validator's",
      );
    }
    for (const other of [{ chainId: 8n }, { genesisHash: VALUE }]) {
      const elsewhere = new ValidatorSet({ ...DOMAIN, ...other }, 5, set.validators);
      expect(codeOf(() => elsewhere.verifyVote(vote()))).toBe(
        "VOTE_INVALID: signature is not the validator's",
      );
    }
  });

  it("VOTE_INVALID: sender is not a validator of the epoch", () => {
    expect(codeOf(() => set.verifyVote(vote({ validator: 4 })))).toBe(
      "VOTE_INVALID: sender is not a validator of the epoch",
    );
  });

  it("VOTE_UNTIMELY: epoch does not match the height", () => {
    expect(codeOf(() => set.verifyVote(vote({ epoch: 4 })))).toBe(
      "VOTE_UNTIMELY: epoch does not match the height",
    );
    expect(codeOf(() => set.verifyCertificate(certificate([1, 2, 3], { epoch: 6 })))).toBe(
      "VOTE_UNTIMELY: epoch does not match the height",
    );
  });
});

describe("certificates that were verified", () => {
  const counting = () => {
    let count = 0;
    const signatures: VoteSignatures = {
      verify: blsVerify,
      verifyEach: blsVerifyEach,
      verifyAggregate(...signed) {
        count += 1;
        return blsVerifyAggregate(...signed);
      },
    };
    return { set: new ValidatorSet(DOMAIN, 5, set.validators, signatures), count: () => count };
  };

  it("are not verified again, unlike others for the same value", () => {
    const { set: counted, count } = counting();
    for (const _ of [1, 2]) counted.verifyCertificate(certificate([1, 2, 3]));
    expect(count()).toBe(1);
    counted.verifyCertificate(certificate([0, 1, 2, 3]));
    expect(count()).toBe(2);
    const { signature } = certificate([0, 2, 3]);
    const wrong = certificate([1, 2, 3], { signature });
    for (const _ of [1, 2]) expect(codeOf(() => counted.verifyCertificate(wrong))).toBeDefined();
    expect(count()).toBe(4);
  });

  it("include those aggregated from verified votes", () => {
    const { set: counted, count } = counting();
    counted.remember(certificate([1, 2, 3]));
    counted.verifyCertificate(certificate([1, 2, 3]));
    expect(count()).toBe(0);
  });
});

describe("proposals", () => {
  const message = {
    epoch: 5,
    height: 9,
    round: 2,
    value: VALUE,
    validRound: -1,
    validator: set.proposer(9, 2),
  };
  const signature = blsSign(proposalSignedBytes(DOMAIN, message), secrets[message.validator]!);

  it("are accepted from the proposer of the round", () => {
    expect(codeOf(() => set.verifyProposal({ message, signature }))).toBeUndefined();
    const other = { ...message, value: OTHER };
    expect(codeOf(() => set.verifyProposal({ message: other, signature }))).toBe(
      "VOTE_INVALID: signature is not the validator's",
    );
  });

  it("VOTE_INVALID: another validator proposes in this round", () => {
    const other = { ...message, validator: (message.validator + 1) % 4 };
    const signed = blsSign(proposalSignedBytes(DOMAIN, other), secrets[other.validator]!);
    expect(codeOf(() => set.verifyProposal({ message: other, signature: signed }))).toBe(
      "VOTE_INVALID: another validator proposes in this round",
    );
  });

  it("come from every validator by stake, and none is left out for long [FINAL-7]", () => {
    const turns = Array.from({ length: 1_000 }, (_, height) => set.proposer(height, 0));
    for (const [index, { power }] of set.validators.entries()) {
      const share = turns.filter((turn) => turn === index).length;
      expect(Math.abs(share - Number(power) * 100)).toBeLessThan(12);
    }
    const longest = Math.max(
      ...turns
        .join("")
        .match(/(.)\1*/g)!
        .map((run) => run.length),
    );
    expect(longest).toBeLessThanOrEqual(2);
  });

  it("of stakes in wei and of a single validator have a proposer", () => {
    const one = new ValidatorSet(DOMAIN, 0, [{ publicKey: set.validators[0]!.publicKey, power: 1n }]);
    const two = new ValidatorSet(DOMAIN, 0, [...one.validators, ...one.validators]);
    for (let height = 0; height < 20; height++) {
      expect(one.proposer(height, 3)).toBe(0);
      expect([0, 1]).toContain(two.proposer(height, 3));
    }
    expect(new Set(Array.from({ length: 20 }, (_, round) => two.proposer(1, round))).size).toBe(2);
  });
});

describe("certificates [FINAL-4]", () => {
  it("are valid with more than two thirds of the power, of precommits and of prevotes", () => {
    expect(codeOf(() => set.verifyCertificate(certificate([1, 2, 3])))).toBeUndefined();
    expect(codeOf(() => set.verifyCertificate(certificate([2, 3])))).toBeUndefined();
  });

  it("FINALITY_CERTIFICATE_INVALID: no more than two thirds of the power", () => {
    expect(codeOf(() => set.verifyCertificate(certificate([0, 1, 2])))).toBe(
      "FINALITY_CERTIFICATE_INVALID: no more than two thirds of the power",
    );
    const none = { signers: new Uint8Array(1) };
    expect(codeOf(() => set.verifyCertificate(certificate([2, 3], none)))).toBe(
      "FINALITY_CERTIFICATE_INVALID: no more than two thirds of the power",
    );
  });

  it("FINALITY_CERTIFICATE_INVALID: bitmap does not match the validator set", () => {
    for (const signers of [Uint8Array.of(0xfe), Uint8Array.of(0x0e, 0), new Uint8Array(0)]) {
      expect(codeOf(() => set.verifyCertificate(certificate([1, 2, 3], { signers })))).toBe(
        "FINALITY_CERTIFICATE_INVALID: bitmap does not match the validator set",
      );
    }
  });

  it("FINALITY_CERTIFICATE_INVALID: aggregate signature does not match the listed validators", () => {
    const more = { signers: signersToBits([0, 1, 2, 3], 4) };
    expect(codeOf(() => set.verifyCertificate(certificate([1, 2, 3], more)))).toBe(
      "FINALITY_CERTIFICATE_INVALID: aggregate signature does not match the listed validators",
    );
    for (const change of [{ value: OTHER }, { height: 10 }, { step: "prevote" }] as const) {
      expect(codeOf(() => set.verifyCertificate(certificate([1, 2, 3], change)))).toBe(
        "FINALITY_CERTIFICATE_INVALID: aggregate signature does not match the listed validators",
      );
    }
  });
});

describe("evidence", () => {
  it("is two different votes in one step, signed by one validator", () => {
    const evidence = { first: vote(), second: vote({ value: undefined }) };
    expect(codeOf(() => set.verifyEvidence(evidence))).toBeUndefined();
    const forged = { first: vote(), second: { ...vote({ value: OTHER }), signature: vote().signature } };
    expect(codeOf(() => set.verifyEvidence(forged))).toBe("VOTE_INVALID: signature is not the validator's");
  });

  it("VOTE_INVALID", () => {
    for (const change of [
      {},
      { round: 3, value: OTHER },
      { step: "prevote", value: OTHER },
      { validator: 2, value: OTHER },
    ] as const) {
      expect(codeOf(() => set.verifyEvidence({ first: vote(), second: vote(change) }))).toBe(
        "VOTE_INVALID: no equivocation",
      );
    }
  });
});
