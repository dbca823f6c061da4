import type { AccountProof, Certificate, Hash, Header } from "@trellis/protocol";
import type { ValidatorSet } from "../ValidatorSet.ts";

/** A final block that a light client takes for granted, and who votes after it. */
export interface TrustedCheckpoint {
  /** 0 for genesis. */
  readonly height: number;
  readonly hash: Hash;
  readonly header: Header;
  /** Who votes on the next height. */
  readonly set: ValidatorSet;
  /** Who voted on this one; undefined for the one that was trusted at first. */
  readonly votedBy: ValidatorSet | undefined;
}

/** What takes a light client from one checkpoint to a later one. */
export interface LightUpdate {
  readonly header: Header;
  /** Of its block. */
  readonly certificate: Certificate;
  /** Of the next epoch's set, where the state after the block is of another epoch than the certificate. */
  readonly setProof?: AccountProof;
}
