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
 * That every address of an attestation was signed for, by the signatures themselves: for auditors, who need not
 * trust that the custodian checked them. Contract wallets need nodes to ask.
 * @param record of the attestation's snapshot: it says at which blocks the addresses are counted, and its time
 * @param claims one for each address of the attestation; others are passed over
 * @returns what each claim shows, an entry an address
 * @throws ATTESTATION_REFUSED; as verifyOwnership for a claim that does not hold
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
