import { type Epoch, readEpoch } from "@trellis/contracts";
import type { Hash, StateReader } from "@trellis/protocol";
import { namedFinal } from "../../consensus/rules/finalNames.ts";
import type { ChainFinalityPorts, ImportQueue } from "../ChainFinalityPorts.ts";
import type { Voters } from "../validatorSets/Epochs.ts";
import type { Voting } from "./Voting.ts";

type StakedVotingPorts = Pick<
  ChainFinalityPorts,
  "blocks" | "chainDag" | "states" | "epochs" | "certificates"
>;

/** Of the chain whose own state has the validators: shard 0. */
export function stakedVoting(
  ports: StakedVotingPorts,
  queue: Pick<ImportQueue, "sink" | "awaitsState">,
): Voting {
  const { certificates, epochs, states } = ports;
  let base: { readonly hash: Hash; readonly epoch: Epoch } | undefined;
  /** Asked for several times a block, while the base seldom moves. */
  const epochAtBase = (): Epoch => {
    const { baseHash: hash } = states;
    if (base?.hash !== hash) base = { hash, epoch: readEpoch(states.reader(hash)) };
    return base.epoch;
  };
  const votersOf = (epochOf: (base: Hash, state: StateReader) => number): Voters | undefined => {
    if (queue.awaitsState || !epochs.hasStaking) return undefined;
    const base = states.baseHash;
    const state = states.reader(base);
    return epochs.votersAfter(base, state, epochOf(base, state));
  };
  return {
    finalHeight: () => {
      if (queue.awaitsState || !epochs.hasStaking) return certificates.finalHeight;
      const { isHandedOver, epoch } = epochAtBase();
      return isHandedOver ? certificates.finalHeight : Math.max(certificates.finalHeight, epoch);
    },
    last: () => states.baseHash,
    isHandedOver: () => !queue.awaitsState && readEpoch(states.reader(queue.sink)).isHandedOver,
    voters: () => votersOf((base, state) => votingEpoch(ports, base, state)),
    votersOf: (epoch) => votersOf(() => epoch),
  };
}

/** [FINAL-25] */
function votingEpoch(ports: StakedVotingPorts, base: Hash, state: StateReader): number {
  const { certificates, blocks } = ports;
  const { epoch, startNumber, isHandedOver } = readEpoch(state);
  const height = certificates.finalHeight;
  if (height === 0 || !isHandedOver) return epoch;
  const checkpoint = certificates.get(height)?.value ?? namedFinal(ports, base);
  const number = blocks.header(checkpoint)?.number ?? startNumber;
  return number < startNumber ? epoch - 1 : epoch;
}
