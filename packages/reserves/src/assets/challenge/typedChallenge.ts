import { type Hex, hexToBytes } from "@trellis/base";
import { hashTypedData } from "viem/utils";
import { parseChainId } from "../chainId.ts";
import { assetsErrors } from "../errors.ts";
import type { Challenge } from "./Challenge.ts";

/** EIP-712. */
const CHALLENGE_TYPES = {
  Challenge: [
    { name: "custodian", type: "string" },
    { name: "snapshot", type: "bytes32" },
    { name: "chain", type: "string" },
    { name: "block", type: "uint256" },
    { name: "account", type: "address" },
    { name: "nonce", type: "bytes32" },
  ],
} as const;

/** For eth_signTypedData_v4. @throws OWNERSHIP_SIGNATURE_INVALID for non-EVM chains */
export function typedChallenge(challenge: Challenge) {
  const chain = parseChainId(challenge.chain);
  if (chain?.kind !== "evm")
    throw assetsErrors.OWNERSHIP_SIGNATURE_INVALID({
      reason: "the method does not match the address's chain",
      method: "eip712",
      chain: challenge.chain,
    });
  return {
    domain: { name: "Trellis proof of reserves", version: "1", chainId: chain.chainId },
    types: CHALLENGE_TYPES,
    primaryType: "Challenge" as const,
    message: {
      custodian: challenge.custodian,
      snapshot: challenge.snapshotId,
      chain: challenge.chain,
      block: BigInt(challenge.blockHeight),
      account: challenge.address as Hex,
      nonce: challenge.nonce,
    },
  };
}

/** @throws OWNERSHIP_SIGNATURE_INVALID */
export function typedChallengeDigest(challenge: Challenge): Uint8Array {
  return hexToBytes(hashTypedData(typedChallenge(challenge)));
}
