import type { Random } from "@trellis/base";
import { liabilitiesErrors } from "../errors.ts";
import type { SegmentBuilder } from "../sum/SegmentBuilder.ts";

/** How far a build is: first customers are read, then hashed. */
export interface BuildProgress {
  readonly phase: "read" | "hash";
  readonly customers: number;
  /** Known as soon as all are read. */
  readonly total: number | undefined;
}

export interface BuildPorts {
  /** Positions and the secret of the padding come from it: that of the operating system in production. */
  readonly random: Random;
  /** Where hashing happens; on the calling thread if none is given. */
  readonly segments?: SegmentBuilder;
  readonly report?: (progress: BuildProgress) => void;
  readonly signal?: AbortSignal;
}

/** @throws TREE_BUILD_STOPPED */
export function reportProgress({ report, signal }: BuildPorts, progress: BuildProgress): void {
  if (signal?.aborted) throw liabilitiesErrors.TREE_BUILD_STOPPED({ ...progress });
  report?.(progress);
}
