import { bytesToHex, concatBytes } from "@trellis/base";
import { protocolErrors } from "../errors.ts";
import { encodeRlp, type RlpInput } from "../rlp/encodeRlp.ts";
import { openRlpList, type RlpReader } from "../rlp/RlpReader.ts";
import type { Hash } from "../words.ts";
import { bitsToSigners, signersToBits } from "./signers.ts";
import {
  type Ballot,
  type Certificate,
  type Evidence,
  type Heartbeat,
  type Proposal,
  type ProvenProposal,
  type Signed,
  VOTE_STEPS,
  type Vote,
  type VoteBundle,
} from "./Vote.ts";

/** Per epoch. [FINAL-3] */
export const VALIDATORS_MAX = 1_024;
/** In one bundle. A larger one would delay its first votes on slow links. */
export const BUNDLED_VOTES_MAX = 256;
const SIGNATURE_SIZE = 96;
const UINT16_MAX = 2 ** 16 - 1;
const UINT32_MAX = 2 ** 32 - 1;

export function encodeVote(vote: Signed<Vote>): Uint8Array {
  return encodeRlp(voteFields(vote));
}

/** @throws RLP_INVALID [FINAL-3] */
export function decodeVote(bytes: Uint8Array): Signed<Vote> {
  return readVote(openRlpList(bytes, "vote"));
}

/** @param votes of one ballot and value, by different validators */
export function encodeVoteBundle(votes: VoteBundle): Uint8Array {
  const ordered = votes.toSorted((a, b) => a.message.validator - b.message.validator);
  const { message } = ordered[0]!;
  const signers = ordered.map(({ message: { validator } }) => validator);
  return encodeRlp([
    ...ballotFields(message),
    message.value ?? new Uint8Array(0),
    signersToBits(signers, signers.at(-1)! + 1),
    concatBytes(...ordered.map(({ signature }) => signature)),
  ]);
}

/** @throws RLP_INVALID [FINAL-3] */
export function decodeVoteBundle(bytes: Uint8Array): VoteBundle {
  const fields = openRlpList(bytes, "vote bundle");
  const ballot = readBallot(fields);
  const value = readValueOrNone(fields);
  const bits = fields.readBytes("signers", VALIDATORS_MAX / 8);
  const signers = bitsToSigners(bits);
  const signatures = fields.readBytes("signatures", BUNDLED_VOTES_MAX * SIGNATURE_SIZE);
  fields.finish("vote bundle");
  const expected = signers.length * SIGNATURE_SIZE;
  if (signers.length === 0 || bits.at(-1) === 0 || signatures.length !== expected) {
    throw protocolErrors.RLP_INVALID({
      reason: "unexpected length",
      field: "signatures",
      got: signatures.length,
      expected: String(expected),
    });
  }
  return signers.map((validator, at) => ({
    message: { ...ballot, value, validator },
    signature: signatures.slice(at * SIGNATURE_SIZE, (at + 1) * SIGNATURE_SIZE),
  }));
}

export function encodeProposal({ message, signature, proof }: ProvenProposal): Uint8Array {
  const { epoch, height, round, value, validRound, validator } = message;
  const fields = [epoch, height, round, value, validRound + 1, validator, signature];
  return encodeRlp([...fields, proof === undefined ? [] : certificateFields(proof)]);
}

export function decodeProposal(bytes: Uint8Array): ProvenProposal {
  const fields = openRlpList(bytes, "proposal");
  const message: Proposal = {
    epoch: fields.readNumber("epoch"),
    height: fields.readNumber("height"),
    round: fields.readNumber("round", UINT32_MAX),
    value: fields.readHash("value"),
    validRound: fields.readNumber("validRound", UINT32_MAX) - 1,
    validator: readValidator(fields),
  };
  const signature = readSignature(fields);
  const proofFields = fields.readList("proof");
  const proof = proofFields.isDone ? undefined : readCertificate(proofFields);
  fields.finish("proposal");
  return { message, signature, proof };
}

export function encodeCertificate(certificate: Certificate): Uint8Array {
  return encodeRlp(certificateFields(certificate));
}

export function decodeCertificate(bytes: Uint8Array): Certificate {
  return readCertificate(openRlpList(bytes, "certificate"));
}

export function encodeEvidence(evidence: Evidence): Uint8Array {
  return encodeRlp(evidenceFields(evidence));
}

export function evidenceFields({ first, second, shard }: Evidence): RlpInput[] {
  return [voteFields(first), voteFields(second), ...(shard === undefined ? [] : [shard])];
}

export function decodeEvidence(bytes: Uint8Array): Evidence {
  return readEvidence(openRlpList(bytes, "evidence"));
}

export function readEvidence(fields: RlpReader): Evidence {
  const first = readVote(fields.readList("first"));
  const second = readVote(fields.readList("second"));
  if (fields.isDone) return { first, second };
  const shard = fields.readNumber("shard", UINT16_MAX);
  if (shard === 0) throw protocolErrors.RLP_INVALID({ reason: "shard 0 is not named", field: "shard" });
  fields.finish("evidence");
  return { first, second, shard };
}

export function encodeHeartbeat({ message, signature }: Signed<Heartbeat>): Uint8Array {
  const { epoch, height, slot, validator } = message;
  return encodeRlp([epoch, height, slot, validator, signature]);
}

export function decodeHeartbeat(bytes: Uint8Array): Signed<Heartbeat> {
  const fields = openRlpList(bytes, "heartbeat");
  const message: Heartbeat = {
    epoch: fields.readNumber("epoch"),
    height: fields.readNumber("height"),
    slot: fields.readNumber("slot"),
    validator: readValidator(fields),
  };
  const signature = readSignature(fields);
  fields.finish("heartbeat");
  return { message, signature };
}

function voteFields({ message, signature }: Signed<Vote>): RlpInput[] {
  const { value, validator } = message;
  return [...ballotFields(message), value ?? new Uint8Array(0), validator, signature];
}

function readVote(fields: RlpReader): Signed<Vote> {
  const message: Vote = {
    ...readBallot(fields),
    value: readValueOrNone(fields),
    validator: readValidator(fields),
  };
  const signature = readSignature(fields);
  fields.finish("vote");
  return { message, signature };
}

export function certificateFields(certificate: Certificate): RlpInput[] {
  const { value, signers, signature } = certificate;
  return [...ballotFields(certificate), value, signers, signature];
}

export function readCertificate(fields: RlpReader): Certificate {
  const certificate: Certificate = {
    ...readBallot(fields),
    value: fields.readHash("value"),
    signers: fields.readBytes("signers", VALIDATORS_MAX / 8).slice(),
    signature: readSignature(fields),
  };
  fields.finish("certificate");
  return certificate;
}

function ballotFields({ epoch, height, round, step }: Ballot): RlpInput[] {
  return [epoch, height, round, VOTE_STEPS.indexOf(step)];
}

function readBallot(fields: RlpReader): Ballot {
  return {
    epoch: fields.readNumber("epoch"),
    height: fields.readNumber("height"),
    round: fields.readNumber("round", UINT32_MAX),
    step: VOTE_STEPS[fields.readNumber("step", VOTE_STEPS.length - 1)]!,
  };
}

function readValueOrNone(fields: RlpReader): Hash | undefined {
  const bytes = fields.readBytes("value", 32);
  if (bytes.length === 0) return undefined;
  if (bytes.length !== 32) {
    throw protocolErrors.RLP_INVALID({
      reason: "unexpected length",
      field: "value",
      got: bytes.length,
      expected: "0 or 32",
    });
  }
  return bytesToHex(bytes);
}

function readValidator(fields: RlpReader): number {
  return fields.readNumber("validator", VALIDATORS_MAX - 1);
}

function readSignature(fields: RlpReader): Uint8Array {
  return fields.readFixedBytes("signature", SIGNATURE_SIZE).slice();
}
