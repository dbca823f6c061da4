import { readFileSync } from "node:fs";
import { liabilitiesErrors } from "../errors.ts";
import { branchLayout, leafLayout } from "../tree/layout.ts";
import { SALT_INFO } from "../verify/preimages.ts";
import { buildSegment } from "./buildSegment.ts";
import type { SegmentBuilder, SegmentResult, SegmentTask } from "./SegmentBuilder.ts";

/** What packages/reserves/assembly exports. Addresses are bytes of its memory. */
export interface Kernel {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly SNAPSHOT_ID: { readonly value: number };
  readonly PADDING_SECRET: { readonly value: number };
  readonly INFO: { readonly value: number };
  readonly faultLevel: { readonly value: number };
  readonly faultColumn: { readonly value: number };
  /** 0 where memory does not suffice. */
  prepare(columns: number, count: number): number;
  leavesStart(): number;
  branchesStart(): number;
  build(count: number, toLevel: number): number;
}

const KERNEL_FILE = new URL("../../../generated/segments.wasm", import.meta.url);
/** What WebAssembly addresses, less what the kernel keeps for itself. */
const SEGMENT_BYTES_MAX = 2 ** 32 - 2 ** 20;

let kernel: Kernel | undefined;

/** @throws SEGMENT_KERNEL_MISSING */
export function loadKernel(file = KERNEL_FILE): Kernel {
  let loaded: Kernel;
  try {
    const instance = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(file)), {});
    loaded = instance.exports as unknown as Kernel;
  } catch (cause) {
    throw liabilitiesErrors.SEGMENT_KERNEL_MISSING({ file: file.href }, cause);
  }
  const info = new Uint8Array(loaded.memory.buffer, loaded.INFO.value, 64);
  // HKDF's only block of output: info, its number, and the end of the message.
  info.set([...SALT_INFO, 1, 0x80]);
  return loaded;
}

/**
 * Adapter: builds a segment in WebAssembly where its hash function is SHA-256, four nodes at once; otherwise hash by
 * hash. The results are the same.
 * @throws SUM_OVERFLOW, SEGMENT_KERNEL_MISSING, SEGMENT_TOO_LARGE
 */
export function buildSegmentFast(task: SegmentTask): SegmentResult {
  if (task.hash !== "sha256") return buildSegment(task);
  const { columns, snapshotId, paddingSecret, toLevel, leaves } = task;
  const count = leaves.length / leafLayout(columns).size;
  const branchBytes = (count - 1) * branchLayout(columns).size;
  if (leaves.length + branchBytes + 8 * count > SEGMENT_BYTES_MAX) {
    throw liabilitiesErrors.SEGMENT_TOO_LARGE({ count, columns });
  }
  kernel ??= loadKernel();
  const { memory, SNAPSHOT_ID, PADDING_SECRET, faultLevel, faultColumn, ...run } = kernel;
  new Uint8Array(memory.buffer, SNAPSHOT_ID.value, 32).set(snapshotId);
  new Uint8Array(memory.buffer, PADDING_SECRET.value, 32).set(paddingSecret);
  if (run.prepare(columns, count) === 0) throw liabilitiesErrors.SEGMENT_TOO_LARGE({ count, columns });
  const records = new Uint8Array(memory.buffer, run.leavesStart(), leaves.length);
  records.set(leaves);
  const root = run.build(count, toLevel) >>> 0;
  if (faultLevel.value !== 0) {
    throw liabilitiesErrors.SUM_OVERFLOW({ level: faultLevel.value, column: faultColumn.value });
  }
  leaves.set(records);
  const branches = new Uint8Array(memory.buffer, run.branchesStart(), branchBytes).slice();
  return { leaves, branches, root };
}

/** On the calling thread. */
export const systemSegments: SegmentBuilder = {
  parallelCount: 1,
  build: async (task) => buildSegmentFast(task),
};
