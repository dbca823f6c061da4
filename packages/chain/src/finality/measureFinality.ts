import type { Metrics } from "@trellis/base";
import type { FinalityStatus, ListeningFor } from "@trellis/protocol";
import { chainMetrics } from "../metrics.ts";

const LISTENING_FOR: readonly ListeningFor[] = ["others", "time", "block", "certificates", "votes"];

export function measureFinality(metrics: Metrics): (status: FinalityStatus, evidence: number) => void {
  const height = metrics.gauge(chainMetrics.trellis_finality_height);
  const round = metrics.gauge(chainMetrics.trellis_finality_round);
  const epoch = metrics.gauge(chainMetrics.trellis_finality_epoch);
  const validators = metrics.gauge(chainMetrics.trellis_finality_validators);
  const lagBlocks = metrics.gauge(chainMetrics.trellis_finality_lag_blocks);
  const lagSeconds = metrics.gauge(chainMetrics.trellis_finality_lag_seconds);
  const isFinalizing = metrics.gauge(chainMetrics.trellis_finality_active);
  const participation = metrics.gauge(chainMetrics.trellis_finality_participation_ratio);
  const missed = metrics.gauge(chainMetrics.trellis_finality_own_votes_missed);
  const signs = metrics.gauge(chainMetrics.trellis_finality_signing);
  const listens = metrics.gauge(chainMetrics.trellis_finality_listening);
  const evidenceKept = metrics.gauge(chainMetrics.trellis_finality_evidence);
  return (status, evidence) => {
    height.set(status.finalized.height);
    round.set(status.vote?.round ?? 0);
    epoch.set(status.epoch);
    validators.set(status.validators.length);
    lagBlocks.set(status.lagBlocks);
    lagSeconds.set(status.lagMs / 1_000);
    isFinalizing.set(status.isFinalizing ? 1 : 0);
    participation.set(shareOfSigned(status));
    missed.set(status.self === undefined ? 0 : (status.validators[status.self]?.missed ?? 0));
    signs.set(status.signing === "signing" ? 1 : 0);
    for (const waitsFor of LISTENING_FOR) {
      listens.set(status.listeningFor === waitsFor ? 1 : 0, { waits_for: waitsFor });
    }
    evidenceKept.set(evidence);
  };
}

function shareOfSigned({ validators }: FinalityStatus): number {
  const signed = validators.reduce((sum, validator) => sum + validator.signed, 0);
  const missed = validators.reduce((sum, validator) => sum + validator.missed, 0);
  return signed + missed === 0 ? 1 : signed / (signed + missed);
}
