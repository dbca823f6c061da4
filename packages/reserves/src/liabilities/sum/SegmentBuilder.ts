import type { HashName } from "../verify/hashes.ts";
import type { LeafVersion } from "../verify/preimages.ts";

/** A part of the tree that is built by itself: all customers below one node. */
export interface SegmentTask {
  readonly hash: HashName;
  readonly columns: number;
  readonly snapshotId: Uint8Array;
  readonly paddingSecret: Uint8Array;
  /** The level of the segment's own root; 0 where only leaves are to be salted and hashed. */
  readonly toLevel: number;
  /** Leaves of version 1 hold the customer's key, from which the builder derives the salt; those of 2 hold salts. */
  readonly leafVersion: LeafVersion;
  /** Records of leaves in the order of positions. */
  readonly leaves: Uint8Array<ArrayBuffer>;
}

export interface SegmentResult {
  /** The same records, with salts and top hashes. */
  readonly leaves: Uint8Array<ArrayBuffer>;
  /** One fewer than leaves; references count from the segment's first leaf and branch. */
  readonly branches: Uint8Array<ArrayBuffer>;
  readonly root: number;
}

/** Port: where segments are built. The result does not depend on it. */
export interface SegmentBuilder {
  /** Segments that are worth giving to it at a time. */
  readonly parallelCount: number;
  /** The task's bytes belong to the builder from then on. @throws SUM_OVERFLOW */
  readonly build: (task: SegmentTask) => Promise<SegmentResult>;
}
