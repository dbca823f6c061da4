import { LruMap } from "@trellis/base";
import type { VoteDomain } from "@trellis/protocol";
import type { FinalAnchors } from "../../consensus/rules/anchor.ts";
import type { ShardCheckpoint } from "../../shards/lastCheckpoint.ts";
import { readVoters, type Voters } from "../validatorSets/Epochs.ts";
import type { VoteSignatures } from "../validatorSets/ValidatorSet.ts";
import type { Voting } from "./Voting.ts";

interface ShardVotingPorts {
  readonly checkpoint: () => ShardCheckpoint;
  readonly anchors: FinalAnchors;
  readonly signatures?: VoteSignatures | undefined;
}

const EPOCHS_MAX = 8;

/** Shard 0's validators vote in the domain of another shard. [SHARD-16] */
export function shardVoting(domain: VoteDomain, ports: ShardVotingPorts): Voting {
  const { checkpoint, anchors, signatures } = ports;
  const known = new LruMap<number, Voters>(EPOCHS_MAX);
  const votersOf = (epoch: number): Voters | undefined => {
    const found = known.get(epoch);
    if (found !== undefined) return found;
    const newest = anchors.newest();
    // Sets of later epochs may still change.
    const state = newest === undefined || newest.epoch < epoch ? undefined : anchors.stateOf(newest.hash);
    if (state === undefined) return undefined;
    const voters = readVoters(domain, state.reader, epoch, signatures);
    if (voters.members.length === 0) return undefined;
    known.set(epoch, voters);
    return voters;
  };
  return {
    finalHeight: () => checkpoint().height,
    last: () => checkpoint().hash,
    isHandedOver: () => true,
    voters: () => votersOf(checkpoint().epoch),
    votersOf,
  };
}
