import type { Random } from "@trellis/base";
import { liabilitiesErrors } from "../errors.ts";
import type { SegmentBuilder } from "./SegmentBuilder.ts";

export interface BuildProgress {
  readonly phase: "read" | "hash";
  readonly customers: number;
  readonly total: number | undefined;
}

export interface BuildPorts {
  /** Must be a CSPRNG in production. */
  readonly random: Random;
  readonly segments?: SegmentBuilder;
  readonly report?: (progress: BuildProgress) => void;
  readonly signal?: AbortSignal;
}

export function reportProgress({ report, signal }: BuildPorts, progress: BuildProgress): void {
  if (signal?.aborted) throw liabilitiesErrors.TREE_BUILD_STOPPED({ ...progress });
  report?.(progress);
}
