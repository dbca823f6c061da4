import type { AssetList } from "./assetList.ts";
import type { SumNode } from "./preimages.ts";
import type { RootRecord } from "./RootRecord.ts";
import type { Sums } from "./sums.ts";

export interface LeafOpening {
  readonly customerId: string;
  /** 0-based; absent in proofs without shares. */
  readonly share?: number;
  readonly salt: Uint8Array;
  readonly position: number;
  readonly sums: Sums;
}

/**
 * Verification also needs the customer's id and the published record. Siblings that the verifier can compute
 * are omitted.
 */
export interface ProofFile {
  readonly record: RootRecord;
  readonly assets: AssetList;
  /** Sorted by position. */
  readonly leaves: readonly LeafOpening[];
  /** Sorted by level from the leaves, then by position. */
  readonly siblings: readonly SumNode[];
}
