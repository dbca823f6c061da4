import type { Hex } from "@trellis/base";
import { textToChallenge } from "../assets/challenge/challengeText.ts";
import type {
  ContractWallets,
  OwnershipClaim,
  OwnershipExpectation,
} from "../assets/ownership/OwnershipClaim.ts";
import { type OwnedAddress, verifyOwnership } from "../assets/ownership/verifyOwnership.ts";
import type { Attestation } from "./Attestation.ts";
import { attestationErrors } from "./errors.ts";
import type { AttestedRecord } from "./verifyAttestation.ts";

/**
 * Verifying contract wallets requires nodes. @param claims one per attested address; others are ignored
 * @throws ATTESTATION_REFUSED, codes of verifyOwnership
 */
export async function verifyEvidence(
  { custodian, holdings }: Pick<Attestation, "custodian" | "holdings">,
  { snapshotId, timeMs, blockHeights }: Pick<AttestedRecord, "snapshotId" | "timeMs" | "blockHeights">,
  claims: readonly OwnershipClaim[],
  deps: { readonly wallets?: ContractWallets } = {},
): Promise<OwnedAddress[]> {
  const expected: OwnershipExpectation = { custodian, snapshotId: snapshotId as Hex, timeMs, blockHeights };
  const byAddress = new Map<string, OwnershipClaim>();
  for (const claim of claims) {
    const { chain, address } = textToChallenge(claim.challenge);
    byAddress.set(`${chain} ${address}`, claim);
  }
  const owned = new Map<string, OwnedAddress>();
  for (const { chain, address } of holdings) {
    const key = `${chain} ${address}`;
    if (owned.has(key)) continue;
    const claim = byAddress.get(key);
    if (claim === undefined)
      throw attestationErrors.ATTESTATION_REFUSED({
        reason: "an address has no signed claim",
        chain,
        address,
      });
    owned.set(key, await verifyOwnership(claim, expected, deps));
  }
  return [...owned.values()];
}
