import { isTrellisError } from "@trellis/base";
import { type Answer, lowerPriority, serveTasks } from "@trellis/crypto";
import type { SegmentTask } from "../tree/SegmentBuilder.ts";
import type { SegmentAnswer } from "./createSegmentPool.ts";
import { buildSegmentFast } from "./systemSegments.ts";

lowerPriority();
serveTasks((task: SegmentTask): Answer<SegmentAnswer> => {
  try {
    const result = buildSegmentFast(task);
    return { output: { result }, transfer: [result.leaves.buffer, result.branches.buffer] };
  } catch (error) {
    if (isTrellisError(error, "SUM_OVERFLOW")) return { output: { overflow: error.facts } };
    throw error;
  }
});
