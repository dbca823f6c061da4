import { bytesToHex, LruMap } from "@trellis/base";
import { blsVerify, blsVerifyAggregate, blsVerifyEach, keccak256Hex } from "@trellis/crypto";
import {
  bitsToSigners,
  type Certificate,
  type Evidence,
  encodeCertificate,
  type Hash,
  type Heartbeat,
  heartbeatSignedBytes,
  type Proposal,
  proposalSignedBytes,
  type Signed,
  type ValidatorIndex,
  type Vote,
  type VoteBundle,
  type VoteDomain,
  voteSignedBytes,
} from "@trellis/protocol";
import { finalityErrors } from "../errors.ts";
import { VotePower } from "./VotePower.ts";

export interface Validator {
  /** BLS, 48 bytes, with a verified proof of possession. [STAKE-2] */
  readonly publicKey: Uint8Array;
  /** Stake in wei. */
  readonly power: bigint;
}

export interface VoteSignatures {
  verify(message: Uint8Array, signature: Uint8Array, publicKey: Uint8Array): boolean;
  /** All keys signed the same message. */
  verifyAggregate(message: Uint8Array, signature: Uint8Array, publicKeys: readonly Uint8Array[]): boolean;
  /** True if each signature is valid; all keys signed the same message. */
  verifyEach(message: Uint8Array, signed: readonly KeySignature[]): Promise<boolean>;
}

interface KeySignature {
  readonly signature: Uint8Array;
  readonly publicKey: Uint8Array;
}

const BLS: VoteSignatures = {
  verify: blsVerify,
  verifyAggregate: blsVerifyAggregate,
  verifyEach: blsVerifyEach,
};

const VERIFIED_MAX = 256;

export class ValidatorSet {
  readonly domain: VoteDomain;
  readonly epoch: number;
  readonly validators: readonly Validator[];
  readonly power: VotePower;
  readonly #signatures: VoteSignatures;
  readonly #indexes: ReadonlyMap<string, ValidatorIndex>;
  readonly #inShards = new Map<number, ValidatorSet>();
  readonly #domainOf: (shard: number) => VoteDomain | undefined;
  /** Certificates come from votes or gossip first, and again in blocks. */
  readonly #verified = new LruMap<Hash, true>(VERIFIED_MAX);

  constructor(
    domain: VoteDomain,
    epoch: number,
    validators: readonly Validator[],
    signatures: VoteSignatures = BLS,
    domainOf: (shard: number) => VoteDomain | undefined = () => undefined,
  ) {
    this.#domainOf = domainOf;
    this.domain = domain;
    this.#signatures = signatures;
    this.epoch = epoch;
    this.validators = validators;
    this.power = new VotePower(validators.map(({ power }) => power));
    this.#indexes = new Map(validators.map(({ publicKey }, index) => [bytesToHex(publicKey), index]));
  }

  indexOf(publicKey: Uint8Array): ValidatorIndex | undefined {
    return this.#indexes.get(bytesToHex(publicKey));
  }

  /** [FINAL-7] */
  proposer(height: number, round: number): ValidatorIndex {
    // Steps of the golden ratio spread evenly around a circle.
    const angle = (BigInt(height + round) * GOLDEN) % GOLDEN_UNIT;
    const place = (angle * this.power.total) / GOLDEN_UNIT;
    let reached = 0n;
    return this.validators.findIndex(({ power }) => {
      reached += power;
      return place < reached;
    });
  }

  checkSender(message: Vote | Proposal | Heartbeat): void {
    this.#member(message);
  }

  checkProposer(message: Proposal): void {
    this.#member(message);
    const expected = this.proposer(message.height, message.round);
    if (message.validator !== expected)
      throw finalityErrors.VOTE_INVALID({
        reason: "another validator proposes in this round",
        ...factsOf(message),
        expected,
      });
  }

  verifyVote({ message, signature }: Signed<Vote>): void {
    this.#verifySignature(message, voteSignedBytes(this.domain, message, message.value), signature);
  }

  /** @param votes at least one; of this set's members */
  areVotesValid(votes: VoteBundle): Promise<boolean> {
    const { message } = votes[0]!;
    return this.#signatures.verifyEach(
      voteSignedBytes(this.domain, message, message.value),
      votes.map((vote) => ({ signature: vote.signature, publicKey: this.#member(vote.message).publicKey })),
    );
  }

  verifyProposal({ message, signature }: Signed<Proposal>): void {
    this.checkProposer(message);
    this.#verifySignature(message, proposalSignedBytes(this.domain, message), signature);
  }

  verifyHeartbeat({ message, signature }: Signed<Heartbeat>): void {
    this.#verifySignature(message, heartbeatSignedBytes(this.domain, message), signature);
  }

  /** [FINAL-4] */
  verifyCertificate(certificate: Certificate): void {
    if (this.#verified.get(keyOf(certificate)) === true) return;
    this.#verifyCertificate(certificate);
    this.remember(certificate);
  }

  /** @param certificate valid: aggregated from verified votes */
  remember(certificate: Certificate): void {
    this.#verified.set(keyOf(certificate), true);
  }

  #verifyCertificate(certificate: Certificate): void {
    const { epoch, height, round, value, signers, signature } = certificate;
    const facts = { epoch, height, round, value };
    if (epoch !== this.epoch)
      throw finalityErrors.VOTE_UNTIMELY({
        reason: "epoch does not match the height",
        ...facts,
        expected: this.epoch,
      });
    const { count } = this.power;
    const named = bitsToSigners(signers);
    const isOfSet = signers.length === Math.ceil(count / 8) && (named.at(-1) ?? 0) < count;
    if (!isOfSet) {
      throw finalityErrors.FINALITY_CERTIFICATE_INVALID({
        reason: "bitmap does not match the validator set",
        ...facts,
        bytes: signers.length,
        validators: count,
      });
    }
    const power = named.reduce((sum, index) => sum + this.power.of(index), 0n);
    if (!this.power.isQuorum(power)) {
      throw finalityErrors.FINALITY_CERTIFICATE_INVALID({
        reason: "no more than two thirds of the power",
        ...facts,
        power,
        total: this.power.total,
      });
    }
    const keys = named.map((index) => this.validators[index]!.publicKey);
    const signed = voteSignedBytes(this.domain, certificate, value);
    if (!this.#signatures.verifyAggregate(signed, signature, keys)) {
      throw finalityErrors.FINALITY_CERTIFICATE_INVALID({
        reason: "aggregate signature does not match the listed validators",
        ...facts,
      });
    }
  }

  verifyEvidence(evidence: Evidence): void {
    checkEvidence(evidence);
    const set = this.inShard(evidence.shard ?? 0);
    if (set === undefined)
      throw finalityErrors.VOTE_INVALID({ reason: "unknown shard", ...factsOf(evidence.first.message) });
    set.verifyVote(evidence.first);
    set.verifyVote(evidence.second);
  }

  /** The same validators, for shard 0's set: undefined for an unknown shard. [SHARD-16.1] */
  inShard(shard: number): ValidatorSet | undefined {
    if (shard === 0) return this;
    const domain = this.#domainOf(shard);
    if (domain === undefined) return undefined;
    const known = this.#inShards.get(shard);
    if (known !== undefined) return known;
    const set = new ValidatorSet(domain, this.epoch, this.validators, this.#signatures);
    this.#inShards.set(shard, set);
    return set;
  }

  #verifySignature(message: Vote | Proposal | Heartbeat, signed: Uint8Array, signature: Uint8Array): void {
    const { publicKey } = this.#member(message);
    if (this.#signatures.verify(signed, signature, publicKey)) return;
    throw finalityErrors.VOTE_INVALID({ reason: "signature is not the validator's", ...factsOf(message) });
  }

  #member(message: Vote | Proposal | Heartbeat): Validator {
    if (message.epoch !== this.epoch) {
      throw finalityErrors.VOTE_UNTIMELY({
        reason: "epoch does not match the height",
        ...factsOf(message),
        epoch: message.epoch,
        expected: this.epoch,
      });
    }
    const member = this.validators[message.validator];
    if (member === undefined)
      throw finalityErrors.VOTE_INVALID({
        reason: "sender is not a validator of the epoch",
        ...factsOf(message),
      });
    return member;
  }
}

function keyOf(certificate: Certificate): Hash {
  return keccak256Hex(encodeCertificate(certificate));
}

const GOLDEN = 618_033_988_749n;
const GOLDEN_UNIT = 1_000_000_000_000n;

function factsOf(message: Vote | Proposal | Heartbeat) {
  const { validator, height } = message;
  return "round" in message ? { validator, height, round: message.round } : { validator, height };
}

/** Does not verify signatures. @throws VOTE_INVALID */
export function checkEvidence({ first, second }: Evidence): void {
  const [a, b] = [first.message, second.message];
  const isOneBallot =
    a.epoch === b.epoch && a.height === b.height && a.round === b.round && a.step === b.step;
  if (!isOneBallot || a.validator !== b.validator || a.value === b.value) {
    throw finalityErrors.VOTE_INVALID({
      reason: "no equivocation",
      validator: a.validator,
      height: a.height,
      round: a.round,
    });
  }
}
