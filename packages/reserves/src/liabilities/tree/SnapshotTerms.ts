import { liabilitiesErrors } from "../errors.ts";
import { type AssetList, checkAssetList } from "../verify/assetList.ts";
import { type HashName, hashNamed } from "../verify/hashes.ts";
import { DEPTH_MAX, HASH_SIZE } from "../verify/limits.ts";

export interface SnapshotTerms {
  /** 32 bytes, unique per snapshot. */
  readonly snapshotId: Uint8Array;
  readonly assets: AssetList;
  /** Default: sha256. */
  readonly hash?: HashName;
  /** For schemes that hide the customer count: ⌈log2(leaves)⌉ + 1 to 32; default: ⌈log2(leaves)⌉ + 4. */
  readonly depth?: number;
}

/** @throws LIABILITIES_INPUT_INVALID */
export function checkTerms({ snapshotId, assets, hash, depth }: SnapshotTerms): void {
  if (snapshotId.length !== HASH_SIZE) {
    throw liabilitiesErrors.LIABILITIES_INPUT_INVALID({
      reason: "the snapshot id is not 32 bytes long",
      size: snapshotId.length,
    });
  }
  checkAssetList(assets);
  hashNamed(hash ?? "sha256");
  if (depth !== undefined && !(Number.isInteger(depth) && depth >= 1 && depth <= DEPTH_MAX)) {
    throw liabilitiesErrors.LIABILITIES_INPUT_INVALID({
      reason: "the depth does not match the number of customers",
      depth,
      depthMax: DEPTH_MAX,
    });
  }
}
