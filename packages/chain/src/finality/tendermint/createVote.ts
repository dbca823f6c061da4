import type { ValidatorIndex } from "@trellis/protocol";
import type { Memory } from "../slashingProtection/SigningWatermark.ts";
import type { ValidatorSet } from "../validatorSets/ValidatorSet.ts";
import { CheckpointVote } from "./CheckpointVote.ts";
import type { FinalityChain } from "./FinalityPorts.ts";

interface VoteOptions {
  readonly height: number;
  readonly self: ValidatorIndex | undefined;
  readonly memory: Memory | undefined;
}

export function createVote(
  chain: FinalityChain,
  set: ValidatorSet,
  { height, self, memory }: VoteOptions,
): CheckpointVote {
  const options = { epoch: set.epoch, height, power: set.power, self };
  return new CheckpointVote(memory === undefined ? options : { ...options, memory }, {
    valueToPropose: () => chain.valueToPropose(),
    validity: (value, backing) => chain.validity(value, backing),
    proposer: (round) => set.proposer(height, round),
  });
}
