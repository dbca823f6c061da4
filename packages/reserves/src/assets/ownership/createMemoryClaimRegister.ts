import { challengeToText } from "../challenge/challengeText.ts";
import type { ClaimRegister, StandingClaim } from "./ClaimRegister.ts";

/** A register for tests and single runs: gone with the process. */
export function createMemoryClaimRegister(): ClaimRegister {
  const issued = new Map<string, { readonly text: string; isUsed: boolean }>();
  /** The last one stands; those before are for other snapshots. */
  const claims = new Map<string, StandingClaim[]>();
  const keyOf = (chain: string, address: string) => `${chain} ${address}`;
  return {
    async issue(challenge) {
      issued.set(challenge.nonce, { text: challengeToText(challenge), isUsed: false });
    },
    async claim(challenge) {
      const known = issued.get(challenge.nonce);
      if (known?.text !== challengeToText(challenge)) return "nonce-unknown";
      if (known.isUsed) return "nonce-used";
      const key = keyOf(challenge.chain, challenge.address);
      const { custodian, snapshotId } = challenge;
      const own = claims.get(key) ?? [];
      const theirs = own.find((claim) => claim.custodian !== custodian);
      if (theirs !== undefined) return { standing: theirs, against: "another-custodian" };
      const same = own.find((claim) => claim.snapshotId === snapshotId);
      if (same !== undefined) return { standing: same, against: "same-snapshot" };
      known.isUsed = true;
      claims.set(key, [...own, { custodian, snapshotId }]);
      return "claimed";
    },
    standing: async (chain, address) => claims.get(keyOf(chain, address))?.at(-1),
    async release(chain, address, custodian) {
      const key = keyOf(chain, address);
      if (claims.get(key)?.at(-1)?.custodian === custodian) claims.delete(key);
    },
  };
}
