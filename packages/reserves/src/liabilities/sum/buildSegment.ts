import { serverHashes } from "../hashes.ts";
import { branchLayout, leafLayout, readU32 } from "../tree/layout.ts";
import type { SegmentResult, SegmentTask } from "../tree/SegmentBuilder.ts";
import { HASH_SIZE } from "../verify/limits.ts";
import { leafSalt } from "../verify/preimages.ts";
import { NodeHasher } from "./NodeHasher.ts";
import { raiseLevels } from "./raiseLevels.ts";

export function buildSegment(task: SegmentTask): SegmentResult {
  const { hash, columns, snapshotId, paddingSecret, toLevel, leafVersion, leaves } = task;
  const layout = leafLayout(columns);
  const branch = branchLayout(columns);
  const count = leaves.length / layout.size;
  const hasher = new NodeHasher(serverHashes[hash], layout, { snapshotId, paddingSecret, leafVersion });
  const positions = new Uint32Array(count);
  for (let index = 0; index < count; index++) {
    const record = leaves.subarray(index * layout.size, (index + 1) * layout.size);
    const userKey = record.subarray(layout.saltAt, layout.saltAt + HASH_SIZE);
    if (leafVersion === 1) userKey.set(leafSalt(serverHashes.sha256, userKey, snapshotId));
    record.set(hasher.leaf(record));
    positions[index] = readU32(record, layout.positionAt);
  }
  const branches = new Uint8Array((count - 1) * branch.size);
  const { nodeSize, size: stride } = layout;
  const level = { nodes: leaves, stride, nodeSize, positions, branches, branch };
  return { leaves, branches, root: raiseLevels(hasher, level, 0, toLevel) };
}
