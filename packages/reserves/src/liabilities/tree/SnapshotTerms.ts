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

/** @throws LIABILITIES_INPUT_INVALID */
export function checkTerms({ snapshotId, assets, hash, depth }: SnapshotTerms): void {
  if (snapshotId.length !== HASH_SIZE) {
    throw liabilitiesErrors.LIABILITIES_INPUT_INVALID({
      reason: "the snapshot id has not 32 bytes",
      size: snapshotId.length,
    });
  }
  checkAssetList(assets);
  hashNamed(hash ?? "sha256");
  if (depth !== undefined && !(Number.isInteger(depth) && depth >= 1 && depth <= DEPTH_MAX)) {
    throw liabilitiesErrors.LIABILITIES_INPUT_INVALID({
      reason: "the depth does not suit the number of customers",
      depth,
      depthMax: DEPTH_MAX,
    });
  }
}
