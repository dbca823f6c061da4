import type { Hex } from "@trellis/base";
import type { BlockReference, PreparedTransaction } from "@trellis/client";

/** What the registry publishes of a record. Hashes in lower case. [ANCHOR-1] */
export interface AnchorContent {
  /** The record's number: from 1 without gaps. */
  readonly sequence: number;
  readonly previousRecordHash: Hex;
  readonly recordHash: Hex;
  /** SHA-256 of the record's totals in canonical JSON. */
  readonly totalsHash: Hex;
  /** Of a log head that holds the record. */
  readonly logSize: number;
  readonly logRoot: Hex;
}

/** One signed transaction. All attempts of an anchor have one nonce: at most one of them is ever included. */
export interface Attempt extends PreparedTransaction {
  readonly preparedAtMs: number;
}

export interface Inclusion {
  readonly transactionHash: Hex;
  readonly block: BlockReference;
}

export type AnchorState = "pending" | "sent" | "included" | "final";

/** One record on its way to the chain. [ANCHOR-8] */
export interface Anchor extends AnchorContent {
  readonly state: AnchorState;
  /** Counts changes: a change is written only over the version that it was made from. */
  readonly version: number;
  /** Oldest first. Written down before they are sent. */
  readonly attempts: readonly Attempt[];
  readonly inclusion: Inclusion | undefined;
}

/** What a step changes. */
export type AnchorChange = Pick<Anchor, "state" | "attempts" | "inclusion">;
