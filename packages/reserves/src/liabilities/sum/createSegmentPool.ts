import type { Facts } from "@trellis/base";
import { WorkerPool } from "@trellis/crypto";
import { liabilitiesErrors } from "../errors.ts";
import type { SegmentBuilder, SegmentResult, SegmentTask } from "./SegmentBuilder.ts";
import { buildSegmentFast } from "./systemSegments.ts";

export type SegmentAnswer = { readonly result: SegmentResult } | { readonly overflow: Facts };

/** Records that are hashed before a thread has started: some thousands of customers, some tens of ms. bytes */
export const INLINE_BYTES_MAX = 512 * 1_024;

/** Segments on worker threads, which start when the first large one needs them; small ones on the calling thread. */
export interface SegmentPool extends SegmentBuilder {
  /** Ends the threads when what they have is done. */
  close(): Promise<void>;
}

/** Adapter: as many threads as it is told, for builds of which several may run at once. */
export function createSegmentPool(workers: number): SegmentPool {
  const url = new URL("./segmentWorker.ts", import.meta.url);
  const pool = new WorkerPool<SegmentTask, SegmentAnswer>({ url, workers, queuedMax: 64 * workers });
  return {
    // One more than threads: while they work, the next segment is gathered.
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
