import { challengeToText } from "../challenge/challengeText.ts";
import type { ClaimRegister, StandingClaim } from "./ClaimRegister.ts";

/** A register for tests and single runs: gone with the process. */
export function createMemoryClaimRegister(): ClaimRegister {
  const issued = new Map<string, { readonly text: string; isUsed: boolean }>();
  /** Of each address, for one snapshot each. */
  const claims = new Map<string, StandingClaim[]>();
  return {
    async issue(challenge) {
      issued.set(challenge.nonce, { text: challengeToText(challenge), isUsed: false });
    },
    async claim(challenge) {
      const known = issued.get(challenge.nonce);
      if (known?.text !== challengeToText(challenge)) return "nonce-unknown";
      if (known.isUsed) return "nonce-used";
      const { chain, address, custodian, snapshotId } = challenge;
      const key = `${chain} ${address}`;
      const own = claims.get(key) ?? [];
      const theirs = own.find((claim) => claim.custodian !== custodian);
      if (theirs !== undefined) return { standing: theirs, against: "another-custodian" };
      const same = own.find((claim) => claim.snapshotId === snapshotId);
      if (same !== undefined) return { standing: same, against: "same-snapshot" };
      known.isUsed = true;
      claims.set(key, [...own, { custodian, snapshotId }]);
      return "claimed";
    },
  };
}
