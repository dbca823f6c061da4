import { punishableOf, readEpoch, recordableOf } from "@trellis/contracts";
import { BODY_LIMITS, type Certificate, type Evidence, type Hash } from "@trellis/protocol";
import type { Stages } from "../Stages.ts";
import { canNameFinal } from "./finalNames.ts";
import type { CarriedVotes } from "./findVotes.ts";

/**
 * What a block on `selectedParent` can do something with: the oldest certificates that are not recorded, since each
 * counts for who signed it, and evidence of who was not punished.
 * @param evidence verified
 */
export function votesToCarry(
  stages: Stages,
  selectedParent: Hash,
  evidence: readonly Evidence[],
): CarriedVotes {
  const { epochs, states } = stages;
  if (!epochs.hasStaking) return { certificates: [], evidence: [] };
  const state = states.reader(selectedParent);
  return {
    certificates: recordableOf(
      state,
      unrecorded(stages, selectedParent, readEpoch(state).certifiedHeight),
    ).slice(0, BODY_LIMITS.certificatesMax),
    evidence: punishableAfter(stages, selectedParent, evidence).slice(0, BODY_LIMITS.evidenceMax),
  };
}

/** Of evidence what a block on `block` would punish. */
export function punishableAfter(
  { epochs, states }: Pick<Stages, "epochs" | "states">,
  block: Hash,
  evidence: readonly Evidence[],
): Evidence[] {
  if (evidence.length === 0) return [];
  const state = states.reader(block);
  const named = evidence.flatMap((item) => {
    const { epoch, validator: place } = item.first.message;
    const validator = epochs.votersAfter(block, state, epoch)?.members[place]?.address;
    return validator === undefined ? [] : [{ item, validator, epoch }];
  });
  return punishableOf(state, named).map(({ item }) => item);
}

/** The first ones from a height on that the chain can name; of that height a fuller one may be known than it has. */
function unrecorded(stages: Stages, selectedParent: Hash, height: number): Certificate[] {
  const found: Certificate[] = [];
  for (const certificate of stages.certificates.from(height)) {
    if (!canNameFinal(stages, selectedParent, certificate.value)) continue;
    found.push(certificate);
    if (found.length > BODY_LIMITS.certificatesMax) break;
  }
  return found;
}
