import type { ProvenProposal } from "@trellis/protocol";
import { finalityErrors } from "../errors.ts";
import type { ValidatorSet } from "../validatorSets/ValidatorSet.ts";

/** [FINAL-2] */
export function verifyProvenProposal(set: ValidatorSet, proposal: ProvenProposal): void {
  const { message, proof } = proposal;
  const { height, round, validRound, value } = message;
  const isNeeded = validRound >= 0;
  const isOfIt =
    proof?.height === height &&
    proof.round === validRound &&
    proof.step === "prevote" &&
    proof.value === value;
  if (validRound >= round || (isNeeded ? !isOfIt : proof !== undefined)) {
    throw finalityErrors.VOTE_INVALID({
      reason: "valid round is not proven by two thirds of prevotes",
      height,
      round,
      validRound,
      value,
    });
  }
  set.verifyProposal(proposal);
  if (proof !== undefined) set.verifyCertificate(proof);
}
