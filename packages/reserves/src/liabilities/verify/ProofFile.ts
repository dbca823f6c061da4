import type { AssetList } from "./assetList.ts";
import type { SumNode } from "./preimages.ts";
import type { RootRecord } from "./RootRecord.ts";
import type { Sums } from "./sums.ts";

export interface LeafOpening {
  readonly customerId: string;
  /** 0-based. */
  readonly share?: number;
  readonly salt: Uint8Array;
  readonly position: number;
  readonly sums: Sums;
}

/** Omits siblings that the verifier can compute. */
export interface ProofFile {
  readonly record: RootRecord;
  readonly assets: AssetList;
  /** Sorted by position. */
  readonly leaves: readonly LeafOpening[];
  /** Sorted by level from the leaves, then by position. */
  readonly siblings: readonly SumNode[];
}
