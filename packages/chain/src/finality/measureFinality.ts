import type { Metrics } from "@trellis/base";
import type { FinalityStatus, ListeningFor } from "@trellis/protocol";

const LISTENING_FOR: readonly ListeningFor[] = ["others", "time", "block", "certificates", "votes"];

export function measureFinality(metrics: Metrics): (status: FinalityStatus, evidence: number) => void {
  const gauge = (name: string, help: string) => metrics.gauge({ name: `trellis_finality_${name}`, help });
  const height = gauge("height", "Height of the newest final checkpoint");
  const round = gauge("round", "Round of the vote on the next checkpoint");
  const epoch = gauge("epoch", "Current voting epoch");
  const validators = gauge("validators", "Validators that vote");
  const lagBlocks = gauge("lag_blocks", "Chain blocks between the sink and the newest final one");
  const lagSeconds = gauge("lag_seconds", "Time since a checkpoint became final here");
  const isFinalizing = gauge(
    "active",
    "1 while blocks become final in time: by depth until validators take over, then by their votes",
  );
  const participation = gauge(
    "participation_ratio",
    "Share of the validators' votes included in the newest 256 certificates",
  );
  const missed = gauge("own_votes_missed", "Certificates without this node's vote among the newest 256");
  const signs = gauge("signing", "1 while this node's validator is signing");
  const listens = metrics.gauge({
    name: "trellis_finality_listening",
    help: "1 for the condition that this node's validator is waiting for before signing",
    labels: ["waits_for"],
  });
  const evidenceKept = gauge("evidence", "Validators with known equivocations");
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
