import type { Facts, Scheduler } from "@trellis/base";
import { WorkerPool } from "@trellis/crypto";
import { liabilitiesErrors } from "../errors.ts";
import { branchLayout, leafLayout } from "../tree/layout.ts";
import type { SegmentBuilder, SegmentResult, SegmentTask } from "../tree/SegmentBuilder.ts";
import { buildSegmentFast } from "./systemSegments.ts";

export type SegmentAnswer = { readonly result: SegmentResult } | { readonly overflow: Facts };

/** The calling thread hashes smaller segments in tens of ms. */
export const INLINE_BYTES_MAX = 512 * 1_024;

export interface SegmentPool extends SegmentBuilder {
  close(): Promise<void>;
}

/** The largest segment takes seconds. */
const ANSWER_MS_MAX = 600_000;

export function createSegmentPool(workers: number, scheduler: Scheduler): SegmentPool {
  const url = new URL("./segmentWorker.ts", import.meta.url);
  const limit = { answerMsMax: ANSWER_MS_MAX, scheduler };
  const pool = new WorkerPool<SegmentTask, SegmentAnswer>({ url, workers, queuedMax: 64 * workers, limit });
  return {
    // One more than workers, so that the next segment is prepared meanwhile.
    parallelCount: workers + 1,
    async build(task) {
      if (task.leaves.length <= INLINE_BYTES_MAX) return buildSegmentFast(task);
      const answer = await pool.run(task, answerTo(task), [task.leaves.buffer]);
      if ("overflow" in answer) throw liabilitiesErrors.SUM_OVERFLOW(answer.overflow);
      return answer.result;
    },
    close: () => pool.close(),
  };
}

/** Reads the task's sizes before its bytes are transferred. */
function answerTo({ leaves, columns }: SegmentTask) {
  const leavesSize = leaves.length;
  const branchesSize = (leavesSize / leafLayout(columns).size - 1) * branchLayout(columns).size;
  return (answer: unknown): answer is SegmentAnswer => {
    const { result, overflow } = (answer ?? {}) as {
      readonly result?: Partial<SegmentResult>;
      readonly overflow?: unknown;
    };
    if (result === undefined) return typeof overflow === "object" && overflow !== null;
    const isLeaves = result.leaves instanceof Uint8Array && result.leaves.length === leavesSize;
    const isBranches = result.branches instanceof Uint8Array && result.branches.length === branchesSize;
    return isLeaves && isBranches && typeof result.root === "number";
  };
}
