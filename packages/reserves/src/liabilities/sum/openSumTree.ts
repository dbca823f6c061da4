import type { Random } from "@trellis/base";
import { liabilitiesErrors } from "../errors.ts";
import { CustomerRecords } from "../tree/CustomerRecords.ts";
import { BRANCH_MARK, branchLayout, readU32 } from "../tree/layout.ts";
import type { ImageReader } from "../tree/readImage.ts";
import { columnCount } from "../verify/assetList.ts";
import { DEPTH_MAX } from "../verify/limits.ts";
import { SumTree } from "./SumTree.ts";

export async function openSumTree({ header, fill }: ImageReader, random: Random): Promise<SumTree> {
  const { hash, depth, snapshotId, paddingSecret, assets, root, leafVersion } = header;
  const branchSize = branchLayout(columnCount(assets)).size;
  const records = new CustomerRecords({ assets, hash, branchSize, snapshotId, leafVersion });
  if (
    header.leafCount % records.shares !== 0 ||
    depth < records.shares ||
    depth > DEPTH_MAX ||
    header.branchCount !== header.leafCount - 1
  ) {
    throw liabilitiesErrors.TREE_IMAGE_INVALID({ what: "shape", depth });
  }
  await fill(records.image);
  records.indexAll();
  checkReferences(records, root, depth);
  return new SumTree({ hash, depth, snapshotId, paddingSecret, records, root }, random);
}

/** Each node must have one parent on a higher level, so that paths end even in damaged images. */
function checkReferences({ image, assets }: CustomerRecords, root: number, depth: number): void {
  const layout = branchLayout(columnCount(assets));
  const { leafCount, branchCount } = image;
  const hasParent = new Uint8Array(leafCount + branchCount);
  const levelOf = (reference: number): number =>
    reference < BRANCH_MARK ? 0 : readU32(image.branch(reference - BRANCH_MARK), layout.levelAt);
  function claim(reference: number, levelMax: number): void {
    const isBranch = reference >= BRANCH_MARK;
    const index = isBranch ? reference - BRANCH_MARK : reference;
    const slot = isBranch ? leafCount + index : index;
    const isThere = index < (isBranch ? branchCount : leafCount) && hasParent[slot] === 0;
    if (!isThere || levelOf(reference) > levelMax) {
      throw liabilitiesErrors.TREE_IMAGE_INVALID({ what: "reference", reference });
    }
    hasParent[slot] = 1;
  }
  claim(root, depth);
  for (let branch = 0; branch < branchCount; branch++) {
    const record = image.branch(branch);
    const level = readU32(record, layout.levelAt);
    if (level < 1) throw liabilitiesErrors.TREE_IMAGE_INVALID({ what: "level", branch });
    claim(readU32(record, layout.leftAt), level - 1);
    claim(readU32(record, layout.rightAt), level - 1);
  }
}
