import { liabilitiesErrors } from "../errors.ts";
import { branchLayout, leafLayout } from "../tree/layout.ts";
import type { SegmentBuilder, SegmentResult, SegmentTask } from "../tree/SegmentBuilder.ts";
import { createKernel, KERNEL_BYTES_MAX, type Kernel } from "../tree/systemKernel.ts";
import { buildSegment } from "./buildSegment.ts";

let shared: Kernel | undefined;

export function buildSegmentFast(task: SegmentTask): SegmentResult {
  if (task.hash !== "sha256") return buildSegment(task);
  const { columns, snapshotId, paddingSecret, toLevel, leafVersion, leaves } = task;
  const count = leaves.length / leafLayout(columns).size;
  const branchBytes = (count - 1) * branchLayout(columns).size;
  if (leaves.length + branchBytes + 8 * count > KERNEL_BYTES_MAX) {
    throw liabilitiesErrors.LIABILITIES_INPUT_INVALID({
      reason: "a part of the tree exceeds WebAssembly memory",
      count,
      columns,
    });
  }
  shared ??= createKernel();
  const { memory, SNAPSHOT_ID, PADDING_SECRET, faultLevel, faultColumn, ...run } = shared;
  new Uint8Array(memory.buffer, SNAPSHOT_ID.value, 32).set(snapshotId);
  new Uint8Array(memory.buffer, PADDING_SECRET.value, 32).set(paddingSecret);
  if (run.prepare(columns, count) === 0)
    throw liabilitiesErrors.LIABILITIES_INPUT_INVALID({
      reason: "a part of the tree exceeds WebAssembly memory",
      count,
      columns,
    });
  const records = new Uint8Array(memory.buffer, run.leavesStart(), leaves.length);
  records.set(leaves);
  const root = run.build(count, toLevel, leafVersion) >>> 0;
  if (faultLevel.value !== 0) {
    throw liabilitiesErrors.SUM_OVERFLOW({ level: faultLevel.value, column: faultColumn.value });
  }
  leaves.set(records);
  const branches = new Uint8Array(memory.buffer, run.branchesStart(), branchBytes).slice();
  return { leaves, branches, root };
}

export const systemSegments: SegmentBuilder = {
  parallelCount: 1,
  build: async (task) => buildSegmentFast(task),
};
