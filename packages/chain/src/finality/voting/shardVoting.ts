import { LruMap } from "@trellis/base";
import type { VoteDomain } from "@trellis/protocol";
import type { FinalAnchors } from "../../consensus/rules/anchor.ts";
import type { ShardCheckpoint } from "../../shards/lastCheckpoint.ts";
import { votersOf as newVoters, type Voters } from "../validatorSets/Epochs.ts";
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
    const members = anchors.votersOf(epoch);
    if (members === undefined || members.length === 0) return undefined;
    const voters = newVoters(domain, epoch, members, signatures);
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
