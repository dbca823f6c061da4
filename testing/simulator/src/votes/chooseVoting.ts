import { sim, type VoteParameters } from "@trellis/protocol";
import { VOTE_FAULTS } from "../faults/faults.ts";
import { COIN } from "../node/coin.ts";
import type { RandomStream } from "../world/RandomStream.ts";

export interface Voting {
  readonly stakes: readonly bigint[];
  /** Byzantine nodes have more than a third of the stake, so finality may fork. */
  readonly isOverThird: boolean;
  readonly epochBlocks: number;
  readonly parameters: VoteParameters;
  readonly punishesAbsence: boolean;
}

const VOTING_SHARE = 0.5;
const OVER_THIRD_SHARE = 0.12;
const STAKE_WEI = 1_000n * COIN;
const PARTS = 1_000_000n;

interface VotingChoices {
  readonly nodes: number;
  readonly validators: number | undefined;
}

export function hasValidators(rng: RandomStream, validators: number | undefined): boolean {
  const isDrawn = rng.chance(VOTING_SHARE);
  return validators === undefined ? isDrawn : validators > 0;
}

export function isOverThird(rng: RandomStream): boolean {
  return rng.chance(OVER_THIRD_SHARE);
}

/** @param byzantine number of Byzantine nodes, which are the last nodes */
export function chooseVoting(
  rng: RandomStream,
  { nodes, validators }: VotingChoices,
  { byzantine, faults, isOverThird: isOver }: LiarChoices,
): Voting {
  const honestCount = nodes - byzantine;
  const liars = VOTE_FAULTS.some((fault) => faults.has(fault)) ? byzantine : 0;
  const wanted = validators ?? (rng.chance(0.7) ? nodes : 1 + rng.below(nodes));
  const honestVoters = Math.max(1, Math.min(honestCount, wanted - liars));
  const voters = new Set(rng.shuffled(indexes(honestCount)).slice(0, honestVoters));
  const areEqual = rng.chance(0.3);
  const weights = indexes(nodes).map(() => (areEqual ? 1 : rng.between(1, 10)));
  const stakes = weights.map((weight, node) => (voters.has(node) ? scaled(STAKE_WEI, weight) : 0n));
  const honestWei = stakes.reduce((sum, wei) => sum + wei, 0n);
  // Honest stake is then more than twice the liars' stake.
  const liarsMostWei = (honestWei - 1n) / 2n;
  const share = isOver ? rng.between(1.1, 3) : rng.chance(0.5) ? 1 : rng.between(0.2, 1);
  const liarsWei = scaled(liarsMostWei, share);
  const liarWeights = weights.slice(honestCount);
  const weightSum = liarWeights.reduce((sum, weight) => sum + weight, 0);
  for (let node = honestCount; liars > 0 && node < nodes; node++) {
    stakes[node] = scaled(liarsWei, weights[node]! / weightSum);
  }
  const pace = rng.pick([0.25, 0.5, 1]);
  const { proposeMs, prevoteMs, precommitMs, growthMs, repeatMs } = sim.votes;
  return {
    stakes,
    isOverThird: isOver,
    epochBlocks: 4 + rng.below(9),
    parameters: {
      depth: 1 + rng.below(4),
      interval: rng.pick([1, 2, 3, 4, 6]),
      proposeMs: proposeMs * pace,
      prevoteMs: prevoteMs * pace,
      precommitMs: precommitMs * pace,
      growthMs: growthMs * pace,
      repeatMs: repeatMs * pace,
    },
    // Penalties would raise the liars' share.
    punishesAbsence: liars === 0 && rng.chance(0.5),
  };
}

interface LiarChoices {
  readonly byzantine: number;
  readonly faults: ReadonlySet<string>;
  readonly isOverThird: boolean;
}

function indexes(count: number): number[] {
  return Array.from({ length: count }, (_value, index) => index);
}

function scaled(wei: bigint, factor: number): bigint {
  return (wei * BigInt(Math.floor(factor * Number(PARTS)))) / PARTS;
}
