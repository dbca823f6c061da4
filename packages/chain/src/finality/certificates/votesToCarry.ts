import { punishableOf, readEpoch, recordableOf } from "@trellis/contracts";
import { BODY_LIMITS, type Certificate, type Evidence, type Hash } from "@trellis/protocol";
import type { KnownBlocks } from "../../consensus/KnownBlocks.ts";
import { canNameFinal } from "../../consensus/rules/finalNames.ts";
import type { StateStore } from "../../state/StateStore.ts";
import type { Epochs } from "../validatorSets/Epochs.ts";
import type { CertificateStore } from "./CertificateStore.ts";
import type { CarriedVotes } from "./findVotes.ts";

interface VotesToCarryPorts extends KnownBlocks {
  readonly epochs: Epochs;
  readonly states: StateStore;
  readonly certificates: CertificateStore;
}

/** Carries old certificates first, because each one credits its signers. @param evidence must be verified */
export function votesToCarry(
  ports: VotesToCarryPorts,
  selectedParent: Hash,
  evidence: readonly Evidence[],
): CarriedVotes {
  const { epochs, states } = ports;
  if (!epochs.hasStaking) return { certificates: [], evidence: [] };
  const state = states.reader(selectedParent);
  return {
    certificates: recordableOf(
      state,
      unrecorded(ports, selectedParent, readEpoch(state).certifiedHeight),
    ).slice(0, BODY_LIMITS.certificatesMax),
    evidence: punishableAfter(ports, selectedParent, evidence).slice(0, BODY_LIMITS.evidenceMax),
  };
}

export function punishableAfter(
  { epochs, states }: Pick<VotesToCarryPorts, "epochs" | "states">,
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

/** Includes the last recorded height: a certificate with more signers may be known. [STAKE-14] */
function unrecorded(ports: VotesToCarryPorts, selectedParent: Hash, height: number): Certificate[] {
  const found: Certificate[] = [];
  for (const certificate of ports.certificates.from(height)) {
    if (!canNameFinal(ports, selectedParent, certificate.value)) continue;
    found.push(certificate);
    if (found.length > BODY_LIMITS.certificatesMax) break;
  }
  return found;
}
