import { bytesToBigint, hexToBytes } from "@trellis/base";
import type { Address, SystemCall } from "@trellis/protocol";
import { STAKING_ADDRESS } from "../addresses.ts";
import { encodeCall } from "../storage/encodeAbi.ts";

/** Enough for the most expensive call, `endEpoch` with full lists (measured in a test). */
export const SYSTEM_CALL_GAS = 100_000_000n;

/** Signers are encoded as in protocol's Certificate. [STAKE-14] */
export function recordCertificateCall(certificate: {
  readonly epoch: number;
  readonly height: number;
  readonly signers: Uint8Array;
}): SystemCall {
  return call("recordCertificate(uint256,uint64,uint256)", [
    BigInt(certificate.epoch),
    BigInt(certificate.height),
    signersToNumber(certificate.signers),
  ]);
}

export function signersToNumber(signers: Uint8Array): bigint {
  return bytesToBigint(signers.toReversed());
}

/** @param epoch of the equivocating validator's set [STAKE-17] */
export function slashEquivocationCall(validator: Address, epoch: number): SystemCall {
  return call("slashEquivocation(address,uint256)", [bytesToBigint(hexToBytes(validator)), BigInt(epoch)]);
}

/** [SHARD-15.5] */
export function countCrossLinkCall(epoch: number, signers: Uint8Array): SystemCall {
  return call("countCrossLink(uint256,uint256)", [BigInt(epoch), signersToNumber(signers)]);
}

/** @param issuanceWei result of `issuanceIfEpochEnds`. [STAKE-15] */
export function endEpochCall(issuanceWei: bigint): SystemCall {
  return call("endEpoch()", [], issuanceWei);
}

function call(signature: string, values: readonly bigint[], value = 0n): SystemCall {
  return { to: STAKING_ADDRESS, value, data: encodeCall(signature, values), gasLimit: SYSTEM_CALL_GAS };
}
