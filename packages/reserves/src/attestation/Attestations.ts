import type { OwnershipClaim } from "../assets/index.ts";

export interface AttestationView {
  readonly id: string;
  readonly snapshotId: string;
  readonly timeMs: number;
  readonly isCovered: boolean;
  readonly logIndex: number | undefined;
}

export interface Attestations {
  /** Newest first. */
  list(beforeId: string | undefined, limit: number): Promise<readonly AttestationView[]>;
  signed(id: string): Promise<string | undefined>;
  evidence(id: string): Promise<readonly OwnershipClaim[] | undefined>;
}
