import { bytesEqual, bytesToHex, isTrellisError } from "@trellis/base";
import { BLS_PUBLIC_KEY_SIZE, BLS_SIGNATURE_SIZE, keccak256Hex } from "@trellis/crypto";
import { type Certificate, decodeCertificate, encodeCertificate } from "@trellis/protocol";
import { finalityErrors } from "../errors.ts";
import { JsonFields, type Refusal } from "./JsonFields.ts";
import { type Memory, type OwnRecord, SIGNING_STEPS, type SigningWatermark } from "./SigningWatermark.ts";
import { positionToJson, ROUND_MAX, readPosition } from "./signingPosition.ts";
import type { ValidatorKey } from "./ValidatorKey.ts";

const VERSION = 1;
/** The longest log, with a proof of 1,024 validators, takes less than 2,000 bytes. */
export const VOTE_LOG_BYTES_MAX = 16_384;
const PROOF_BYTES_MAX = 512;

export interface VoteLogContent {
  readonly key: ValidatorKey;
  readonly record: SigningWatermark | undefined;
}

export function encodeVoteLog({ key, record }: VoteLogContent): string {
  const line = JSON.stringify({
    version: VERSION,
    chainId: key.chainId.toString(),
    genesis: key.genesisHash,
    publicKey: bytesToHex(key.publicKey),
    last: record === undefined ? null : { ...positionToJson(record), own: ownToJson(record.own) },
  });
  return `${line}\n${checksum(line)}\n`;
}

export function decodeVoteLog(text: string): VoteLogContent {
  const [line = "", sum, end, ...more] = text.split("\n");
  if (sum !== checksum(line) || end !== "" || more.length > 0) throw unreadable("wrong checksum");
  const fields = JsonFields.parse(line, unreadable);
  fields.exactly("version", VERSION);
  const key = {
    chainId: fields.uint("chainId"),
    genesisHash: fields.hash("genesis"),
    publicKey: fields.bytes("publicKey", BLS_PUBLIC_KEY_SIZE),
  };
  const last = fields.objectOrNull("last");
  fields.finish();
  if (last === undefined) return { key, record: undefined };
  const record = { ...readPosition(last), own: readOwn(last.objectOrNull("own")) };
  last.finish();
  return { key, record };
}

export function checkKey(found: ValidatorKey, expected: ValidatorKey): void {
  const isSame =
    found.chainId === expected.chainId &&
    found.genesisHash === expected.genesisHash &&
    bytesEqual(found.publicKey, expected.publicKey);
  if (isSame) return;
  throw finalityErrors.VOTE_LOG_UNUSABLE({
    reason: "for another key or chain",
    chainId: found.chainId,
    genesis: found.genesisHash,
    publicKey: bytesToHex(found.publicKey),
    expectedChainId: expected.chainId,
    expectedGenesis: expected.genesisHash,
    expectedPublicKey: bytesToHex(expected.publicKey),
  });
}

function ownToJson(own: OwnRecord | undefined) {
  if (own === undefined) return null;
  const { memory, proof } = own;
  return {
    signature: bytesToHex(own.signature),
    ...memory,
    lockedValue: memory.lockedValue ?? null,
    validValue: memory.validValue ?? null,
    proof: proof === undefined ? null : bytesToHex(encodeCertificate(proof)),
  };
}

function readOwn(fields: JsonFields | undefined): OwnRecord | undefined {
  if (fields === undefined) return undefined;
  const signature = fields.bytes("signature", BLS_SIGNATURE_SIZE);
  const memory: Memory = {
    round: fields.integer("round", 0, ROUND_MAX),
    step: fields.oneOf("step", SIGNING_STEPS),
    lockedRound: fields.integer("lockedRound", -1, ROUND_MAX),
    lockedValue: fields.hashOrNull("lockedValue"),
    validRound: fields.integer("validRound", -1, ROUND_MAX),
    validValue: fields.hashOrNull("validValue"),
    hasProposed: fields.flag("hasProposed"),
  };
  const proof = readProof(fields.bytesOrNull("proof", PROOF_BYTES_MAX));
  fields.finish();
  return { signature, memory, proof };
}

function readProof(bytes: Uint8Array | undefined): Certificate | undefined {
  if (bytes === undefined) return undefined;
  try {
    return decodeCertificate(bytes);
  } catch (error) {
    if (!isTrellisError(error)) throw error;
    throw unreadable("its proof is not a certificate");
  }
}

function checksum(line: string): string {
  return keccak256Hex(new TextEncoder().encode(line));
}

const unreadable: Refusal = (reason) => finalityErrors.VOTE_LOG_UNUSABLE({ reason });
