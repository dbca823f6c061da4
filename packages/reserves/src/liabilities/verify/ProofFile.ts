import type { AssetList } from "./assetList.ts";
import type { SumNode } from "./preimages.ts";
import type { RootRecord } from "./RootRecord.ts";
import type { Sums } from "./sums.ts";

/** What a customer knows of a leaf of their own. */
export interface LeafOpening {
  readonly customerId: string;
  /** Which of the customer's shares, from 0; absent where the record has none. */
  readonly share?: number;
  readonly salt: Uint8Array;
  /** The leaf's place, counted from the left. */
  readonly position: number;
  readonly sums: Sums;
}

/**
 * Everything that verification needs except what the verifier must know by itself: who they are, and which
 * record is the published one. One customer's proof has a leaf for each share; siblings that the leaves have in
 * common, or are themselves, are not sent.
 */
export interface ProofFile {
  readonly record: RootRecord;
  readonly assets: AssetList;
  /** In ascending order of their positions. */
  readonly leaves: readonly LeafOpening[];
  /** Level by level from the leaves up, on a level from left to right. */
  readonly siblings: readonly SumNode[];
}
