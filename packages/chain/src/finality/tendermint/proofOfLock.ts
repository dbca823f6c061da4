import type { Certificate } from "@trellis/protocol";
import { certificateOf } from "../certificates/certificateOf.ts";
import type { ValidatorSet } from "../validatorSets/ValidatorSet.ts";
import type { CheckpointVote } from "./CheckpointVote.ts";

export function proofOfLock(
  vote: CheckpointVote,
  set: ValidatorSet,
  height: number,
): Certificate | undefined {
  const { valid } = vote;
  if (valid === undefined) return undefined;
  const { power, epoch } = set;
  const votes = vote.votesFor(valid.round, "prevote", valid.value);
  const sum = votes.reduce((total, { message }) => total + power.of(message.validator), 0n);
  if (!power.isQuorum(sum)) return undefined;
  const ballot = { epoch, height, round: valid.round, step: "prevote" } as const;
  return certificateOf(ballot, valid.value, votes, power.count);
}
