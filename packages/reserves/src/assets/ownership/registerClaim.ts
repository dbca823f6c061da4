import { bytesToHex, type Random } from "@trellis/base";
import { parseChainId } from "../chainId.ts";
import type { Challenge } from "../challenge/Challenge.ts";
import { challengeToText, normalizeChainAddress } from "../challenge/challengeText.ts";
import { assetsErrors } from "../errors.ts";
import type { ClaimRegister } from "./ClaimRegister.ts";
import type { ContractWallets, OwnershipClaim, OwnershipExpectation } from "./OwnershipClaim.ts";
import { type OwnedAddress, verifyOwnership } from "./verifyOwnership.ts";

const NONCE_SIZE = 32;

/** Returns the text to sign. @throws CHALLENGE_REFUSED, CHAIN_ADDRESS_INVALID */
export async function issueChallenge(
  request: Pick<Challenge, "chain" | "address">,
  expected: OwnershipExpectation,
  deps: { readonly register: Pick<ClaimRegister, "issue">; readonly random: Random },
): Promise<string> {
  const chain = parseChainId(request.chain);
  if (chain === undefined) throw assetsErrors.CHALLENGE_REFUSED({ reason: "malformed", field: "chain" });
  const blockHeight = Object.hasOwn(expected.blockHeights, request.chain)
    ? expected.blockHeights[request.chain]
    : undefined;
  if (blockHeight === undefined)
    throw assetsErrors.CHALLENGE_REFUSED({
      reason: "block height or chain not in the snapshot",
      chain: request.chain,
      expected: "a chain of the snapshot",
    });
  const challenge: Challenge = {
    custodian: expected.custodian,
    snapshotId: expected.snapshotId,
    chain: request.chain,
    blockHeight,
    address: normalizeChainAddress(request.address, chain),
    nonce: bytesToHex(deps.random.bytes(NONCE_SIZE)),
  };
  const text = challengeToText(challenge);
  await deps.register.issue(challenge);
  return text;
}

/**
 * An address can be claimed once per snapshot, and only by one custodian.
 * @throws codes of verifyOwnership; CHALLENGE_REFUSED, ADDRESS_CLAIMED_TWICE, ADDRESS_CLAIMED_BY_ANOTHER
 */
export async function registerClaim(
  claim: OwnershipClaim,
  expected: OwnershipExpectation,
  deps: { readonly register: Pick<ClaimRegister, "claim">; readonly wallets?: ContractWallets },
): Promise<OwnedAddress> {
  const owned = await verifyOwnership(claim, expected, deps);
  const { challenge } = owned;
  const { chain, address, nonce, custodian } = challenge;
  const outcome = await deps.register.claim(challenge);
  if (outcome === "claimed") return owned;
  if (outcome === "nonce-unknown")
    throw assetsErrors.CHALLENGE_REFUSED({ reason: "not issued for this address", chain, address, nonce });
  if (outcome === "nonce-used")
    throw assetsErrors.CHALLENGE_REFUSED({ reason: "answered already", chain, address, nonce });
  const facts = { chain, address, custodian, standing: outcome.standing.custodian };
  throw outcome.against === "same-snapshot"
    ? assetsErrors.ADDRESS_CLAIMED_TWICE({ ...facts, snapshotId: outcome.standing.snapshotId })
    : assetsErrors.ADDRESS_CLAIMED_BY_ANOTHER(facts);
}
