import type { Facts } from "@trellis/base";
import { WorkerPool } from "@trellis/crypto";
import { liabilitiesErrors } from "../errors.ts";
import type { SegmentBuilder, SegmentResult, SegmentTask } from "../tree/SegmentBuilder.ts";
import { buildSegmentFast } from "./systemSegments.ts";

export type SegmentAnswer = { readonly result: SegmentResult } | { readonly overflow: Facts };

/** The calling thread hashes smaller segments in tens of ms. */
export const INLINE_BYTES_MAX = 512 * 1_024;

export interface SegmentPool extends SegmentBuilder {
  close(): Promise<void>;
}

export function createSegmentPool(workers: number): SegmentPool {
  const url = new URL("./segmentWorker.ts", import.meta.url);
  const pool = new WorkerPool<SegmentTask, SegmentAnswer>({ url, workers, queuedMax: 64 * workers });
  return {
    // One more than workers, so that the next segment is prepared meanwhile.
    parallelCount: workers + 1,
    async build(task) {
      if (task.leaves.length <= INLINE_BYTES_MAX) return buildSegmentFast(task);
      const answer = await pool.run(task, [task.leaves.buffer]);
      if ("overflow" in answer) throw liabilitiesErrors.SUM_OVERFLOW(answer.overflow);
      return answer.result;
    },
    close: () => pool.close(),
  };
}
