import type { VoteDomain } from "@trellis/protocol";

/** Whose votes, and on which network. */
export interface ValidatorKey extends VoteDomain {
  /** BLS, 48 bytes. */
  readonly publicKey: Uint8Array;
}
