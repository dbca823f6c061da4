import type { HashName } from "../verify/hashes.ts";
import type { LeafVersion } from "../verify/preimages.ts";

export interface SegmentTask {
  readonly hash: HashName;
  readonly columns: number;
  readonly snapshotId: Uint8Array;
  readonly paddingSecret: Uint8Array;
  /** Level of the segment's root; 0 hashes only the leaves. */
  readonly toLevel: number;
  /** Leaves contain the customer key in version 1, salts in version 2. */
  readonly leafVersion: LeafVersion;
  readonly leaves: Uint8Array<ArrayBuffer>;
}

export interface SegmentResult {
  readonly leaves: Uint8Array<ArrayBuffer>;
  /** One branch fewer than leaves. References are relative to the segment. */
  readonly branches: Uint8Array<ArrayBuffer>;
  readonly root: number;
}

export interface SegmentBuilder {
  readonly parallelCount: number;
  /** Takes ownership of the task's bytes. @throws SUM_OVERFLOW */
  readonly build: (task: SegmentTask) => Promise<SegmentResult>;
}
