import type { Hex } from "@trellis/base";
import type { Challenge } from "../challenge/Challenge.ts";

export interface StandingClaim {
  readonly custodian: string;
  readonly snapshotId: Hex;
}

/** One register serves all custodians. `issue` and `claim` must be atomic. */
export interface ClaimRegister {
  /** Call before returning the challenge. */
  issue(challenge: Challenge): Promise<void>;
  /** Uses up the nonce, except on a conflict. Different snapshots of one custodian do not conflict. */
  claim(challenge: Challenge): Promise<ClaimOutcome>;
}

export type ClaimOutcome =
  | "claimed"
  | "nonce-unknown"
  | "nonce-used"
  | { readonly standing: StandingClaim; readonly against: "same-snapshot" | "another-custodian" };
