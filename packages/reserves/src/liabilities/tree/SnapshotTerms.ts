import { liabilitiesErrors } from "../errors.ts";
import { type AssetList, checkAssetList } from "../verify/assetList.ts";
import { type HashName, hashNamed } from "../verify/hashes.ts";
import { DEPTH_MAX, HASH_SIZE } from "../verify/limits.ts";

/** What a custodian fixes before the first balance is read. */
export interface SnapshotTerms {
  /** 32 bytes that no other snapshot has. */
  readonly snapshotId: Uint8Array;
  readonly assets: AssetList;
  /** sha256 if none is named. */
  readonly hash?: HashName;
  /**
   * Levels of the tree, for schemes that hide the number of customers: from log2 of it, rounded up, plus 1, to 32;
   * plus 4 if none is named.
   */
  readonly depth?: number;
}

/** @throws SNAPSHOT_ID_INVALID, ASSET_LIST_INVALID, TREE_DEPTH_INVALID, LIABILITY_HASH_UNKNOWN */
export function checkTerms({ snapshotId, assets, hash, depth }: SnapshotTerms): void {
  if (snapshotId.length !== HASH_SIZE) {
    throw liabilitiesErrors.SNAPSHOT_ID_INVALID({ size: snapshotId.length });
  }
  checkAssetList(assets);
  hashNamed(hash ?? "sha256");
  if (depth !== undefined && !(Number.isInteger(depth) && depth >= 1 && depth <= DEPTH_MAX)) {
    throw liabilitiesErrors.TREE_DEPTH_INVALID({ depth, depthMax: DEPTH_MAX });
  }
}
