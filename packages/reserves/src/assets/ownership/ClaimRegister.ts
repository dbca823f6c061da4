import type { Hex } from "@trellis/base";
import type { Challenge } from "../challenge/Challenge.ts";

export interface StandingClaim {
  readonly custodian: string;
  readonly snapshotId: Hex;
}

/** Shared by all custodians that are compared. `issue` and `claim` must be atomic. */
export interface ClaimRegister {
  /** Call before the challenge is returned to the caller. */
  issue(challenge: Challenge): Promise<void>;
  /**
   * Uses up the nonce unless the claim conflicts. Claims of one custodian for different snapshots do not
   * conflict.
   */
  claim(challenge: Challenge): Promise<ClaimOutcome>;
}

export type ClaimOutcome =
  | "claimed"
  | "nonce-unknown"
  | "nonce-used"
  | { readonly standing: StandingClaim; readonly against: "same-snapshot" | "another-custodian" };
