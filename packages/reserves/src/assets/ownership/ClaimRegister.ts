import type { Hex } from "@trellis/base";
import type { Challenge } from "../challenge/Challenge.ts";

/** A claim that stands. */
export interface StandingClaim {
  readonly custodian: string;
  readonly snapshotId: Hex;
}

/**
 * Port: which challenges were given out, and who claims which address. All custodians that are compared share one
 * register. Its two changes are atomic.
 */
export interface ClaimRegister {
  /** Remembers a challenge before it is given out; its nonce is new. */
  issue(challenge: Challenge): Promise<void>;
  /**
   * Takes a challenge's nonce as used and puts the claim in place of one for another snapshot of the same
   * custodian; or says what stands against it, and changes nothing. A snapshot's claim stands against another for
   * it, whatever was claimed in between, until the address is given up.
   */
  claim(challenge: Challenge): Promise<ClaimOutcome>;
}

export type ClaimOutcome =
  | "claimed"
  | "nonce-unknown"
  | "nonce-used"
  | { readonly standing: StandingClaim; readonly against: "same-snapshot" | "another-custodian" };
