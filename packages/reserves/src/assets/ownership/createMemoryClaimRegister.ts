import { challengeToText } from "../challenge/challengeText.ts";
import type { ClaimRegister, StandingClaim } from "./ClaimRegister.ts";

/** A register for tests and single runs: gone with the process. */
export function createMemoryClaimRegister(): ClaimRegister {
  const issued = new Map<string, { readonly text: string; isUsed: boolean }>();
  const standing = new Map<string, StandingClaim>();
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
      const other = standing.get(key);
      if (other !== undefined && other.custodian !== challenge.custodian)
        return { standing: other, against: "another-custodian" };
      if (other?.snapshotId === challenge.snapshotId) return { standing: other, against: "same-snapshot" };
      known.isUsed = true;
      standing.set(key, { custodian: challenge.custodian, snapshotId: challenge.snapshotId });
      return "claimed";
    },
    standing: async (chain, address) => standing.get(keyOf(chain, address)),
    async release(chain, address, custodian) {
      const key = keyOf(chain, address);
      if (standing.get(key)?.custodian === custodian) standing.delete(key);
    },
  };
}
