import { bytesToHex, hexToBytes, quantityToHex } from "@trellis/base";
import { checksumAddress } from "@trellis/crypto";
import {
  bitsToSigners,
  type Certificate,
  encodeHeader,
  type FinalityProof,
  type FinalityStatus,
  type ValidatorView,
} from "@trellis/protocol";

/** Block numbers are hexadecimal, other numbers JSON numbers. */
export function encodeFinality({ validators, finalized, vote, self, ...status }: FinalityStatus) {
  const { epoch, lagBlocks, lagMs, isFinalizing, signing, listeningFor } = status;
  return {
    epoch,
    isFinalizing,
    lagBlocks,
    lagMs,
    finalized: { ...finalized, number: quantityToHex(finalized.number) },
    vote: vote ?? null,
    self: self ?? null,
    signing: signing ?? null,
    listeningFor: listeningFor ?? null,
    validators: validators.map(encodeValidator),
  };
}

function encodeValidator({ index, address, publicKey, power, signed, missed }: ValidatorView) {
  return {
    index,
    address: checksumAddress(hexToBytes(address)),
    publicKey: bytesToHex(publicKey),
    power: quantityToHex(power),
    signed,
    missed,
  };
}

export function encodeCertificate({ signers, signature, ...certificate }: Certificate) {
  return {
    ...certificate,
    signers: bitsToSigners(signers),
    bitmap: bytesToHex(signers),
    signature: bytesToHex(signature),
  };
}

/** Clients verify the hashes of headers and nodes. */
export function encodeFinalityProof({ changes, newest }: FinalityProof) {
  return {
    changes: changes.map(({ epoch, nodes, ...checkpoint }) => ({
      epoch,
      ...encodeCheckpoint(checkpoint),
      nodes: nodes.map(bytesToHex),
    })),
    newest: newest === undefined ? null : encodeCheckpoint(newest),
  };
}

function encodeCheckpoint({ header, certificate }: NonNullable<FinalityProof["newest"]>) {
  return { header: bytesToHex(encodeHeader(header)), certificate: encodeCertificate(certificate) };
}
