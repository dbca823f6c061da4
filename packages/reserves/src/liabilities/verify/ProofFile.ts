import type { AssetList } from "./assetList.ts";
import type { SumNode } from "./preimages.ts";
import type { RootRecord } from "./RootRecord.ts";
import type { Sums } from "./sums.ts";

export interface LeafOpening {
  readonly customerId: string;
  /** Starts at 0; absent without shares. */
  readonly share?: number;
  readonly salt: Uint8Array;
  /** Counted from the left. */
  readonly position: number;
  readonly sums: Sums;
}

/** All input of verification except the reader's id and the published record. Derivable siblings are omitted. */
export interface ProofFile {
  readonly record: RootRecord;
  readonly assets: AssetList;
  /** By ascending position. */
  readonly leaves: readonly LeafOpening[];
  /** By level from the leaves, left to right. */
  readonly siblings: readonly SumNode[];
}
