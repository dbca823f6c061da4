import type { Hex } from "@trellis/base";
import type { BlockReference, PreparedTransaction } from "@trellis/client";

/** Hashes are lower case. [ANCHOR-1] */
export interface AnchorContent {
  /** Gapless, starts at 1. */
  readonly sequence: number;
  readonly previousRecordHash: Hex;
  readonly recordHash: Hex;
  /** SHA-256 of the totals in canonical JSON. */
  readonly totalsHash: Hex;
  readonly logSize: number;
  readonly logRoot: Hex;
  /** Of the request. Not on the chain. */
  readonly traceparent?: string;
}

/** All attempts of an anchor share a nonce, so at most one is included. */
export interface Attempt extends PreparedTransaction {
  readonly preparedAtMs: number;
}

export interface Inclusion {
  readonly transactionHash: Hex;
  readonly block: BlockReference;
  /** Absent if another process sent the transaction, or the node does not tell the price of gas. */
  readonly fee?: { readonly wei: string; readonly seenAtMs: number };
}

export type AnchorState = "pending" | "sent" | "included" | "final";

/** Only the fields of `AnchorChange` and `version` change. [ANCHOR-8] */
export interface Anchor extends AnchorContent {
  readonly state: AnchorState;
  /** Optimistic lock. */
  readonly version: number;
  /** Oldest first. Stored before they are sent. */
  readonly attempts: readonly Attempt[];
  readonly inclusion: Inclusion | undefined;
}

export type AnchorChange = Pick<Anchor, "state" | "attempts" | "inclusion">;
