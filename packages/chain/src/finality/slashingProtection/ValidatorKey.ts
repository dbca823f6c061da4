import type { VoteDomain } from "@trellis/protocol";

export interface ValidatorKey extends VoteDomain {
  /** BLS, 48 bytes. */
  readonly publicKey: Uint8Array;
}
