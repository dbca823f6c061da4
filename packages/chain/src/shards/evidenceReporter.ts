import { isTrellisError } from "@trellis/base";
import type { Evidence } from "@trellis/protocol";

/** Returns false if shard 0 does not take the evidence now. */
export type ReportEvidence = (evidence: Evidence) => boolean;

/** Validators of all shards are punished in shard 0. [SHARD-16.1] @param coordinator while shard 0 is open */
export function evidenceReporter(
  coordinator: () => { submitEvidence(evidence: Evidence): void } | undefined,
): ReportEvidence {
  return (evidence) => {
    const finality = coordinator();
    if (finality === undefined) return false;
    try {
      finality.submitEvidence(evidence);
      return true;
    } catch (error) {
      if (isTrellisError(error)) return false;
      throw error;
    }
  };
}
