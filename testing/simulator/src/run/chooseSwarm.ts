import { BYZANTINE, FAULTS, type Fault, VALIDATOR_FAULTS, VOTE_FAULTS } from "../faults/faults.ts";
import type { Plant } from "../faults/plants.ts";
import { LATENCY_MODELS, type LatencyModelName } from "../internet/latency.ts";
import { chooseVoting, hasValidators, isOverThird, type Voting } from "../votes/chooseVoting.ts";
import { hasOldVotes, withOldVotes } from "../votes/oldVotes.ts";
import { RandomStream } from "../world/RandomStream.ts";

export interface SimulationOptions {
  readonly seed: number;
  /** Default 1. */
  readonly shards?: number | undefined;
  /** With several shards, machines. */
  readonly nodes?: number | undefined;
  readonly validators?: number | undefined;
  readonly durationS?: number | undefined;
  readonly faults?: readonly Fault[] | undefined;
  readonly plant?: Plant | undefined;
}

export interface Swarm {
  readonly seed: number;
  readonly nodes: number;
  readonly byzantine: number;
  readonly durationS: number;
  readonly faults: ReadonlySet<Fault>;
  readonly latency: LatencyModelName;
  readonly bytesPerMs: number;
  readonly blocksPerSecond: number;
  readonly transactionsPerSecond: number;
  readonly hashShares: readonly number[];
  readonly workMs: number;
  readonly intensity: number;
  readonly hasDurableDisks: boolean;
  readonly archives: readonly boolean[];
  readonly lateS: number | undefined;
  readonly isLateBySnapshot: boolean;
  readonly isTight: boolean;
  readonly outboundTarget: number;
  /** Undefined for depth finality. */
  readonly voting: Voting | undefined;
  readonly plant: Plant | undefined;
}

/** Drawn separately, so that earlier seeds stay reproducible. */
const LATER: readonly Fault[] = ["boast", "orphans"];

/** Share of runs that are long enough to prune blocks. */
const LONG_SHARE = 0.02;
const LONG_S = 180;
/** Maximum hash power share of Byzantine nodes. */
const BYZANTINE_SHARE_MAX = 0.25;

export function chooseSwarm({ seed, nodes, validators, durationS, faults, plant }: SimulationOptions): Swarm {
  const rng = new RandomStream(seed, "swarm");
  const isLong = new RandomStream(seed, "length").chance(LONG_SHARE);
  const nodeCount = rng.pick([4, 5, 6, 6, 7, 8]);
  const seconds = Math.round(rng.between(20, 40)) + (isLong ? LONG_S : 0);
  // The draws must not depend on the options.
  const attacks = new RandomStream(seed, "attacks");
  const voting = new RandomStream(seed, "voting");
  const isVoting = hasValidators(voting, validators);
  const isOver = isOverThird(voting) && isVoting;
  const streamOf = (fault: Fault): RandomStream =>
    VOTE_FAULTS.includes(fault) ? voting : LATER.includes(fault) ? attacks : rng;
  const drawn = FAULTS.filter((fault) =>
    fault === "oldvotes" ? hasOldVotes(seed) : streamOf(fault).chance(0.4),
  );
  const asked = (faults ?? drawn).filter((fault) => isVoting || !VALIDATOR_FAULTS.includes(fault));
  const chosen = new Set(withOldVotes(new Set(asked), faults === undefined));
  if (isOver) chosen.add("doublevote");
  const count = nodes ?? (isLong ? 4 : nodeCount);
  const needsLiar = [...BYZANTINE, ...VOTE_FAULTS].some((fault) => chosen.has(fault));
  const byzantine = needsLiar
    ? Math.max(1, Math.min(Math.floor((count - 1) / 3), 1 + rng.below(Math.max(2, Math.floor(count / 5)))))
    : 0;
  return {
    seed,
    nodes: count,
    byzantine,
    durationS: durationS ?? seconds,
    faults: chosen,
    latency: rng.pick(LATENCY_MODELS),
    bytesPerMs: rng.pick([200, 2_000, 20_000]),
    blocksPerSecond: isLong ? 3 : rng.between(0.8, 3),
    transactionsPerSecond: rng.between(1, 6),
    hashShares: hashShares(count, byzantine, rng),
    workMs: rng.pick([0, 0, 5, 50]),
    intensity: rng.between(0.3, 1),
    hasDurableDisks: rng.chance(0.5),
    // Node 0 is always an archive, for late nodes.
    archives: Array.from({ length: count }, (_value, node) => rng.chance(0.3) || node === 0),
    lateS: rng.chance(0.35) ? Math.round((durationS ?? seconds) * rng.between(0.4, 0.95)) : undefined,
    isLateBySnapshot: rng.chance(0.5),
    isTight: rng.chance(0.2) || isLong,
    outboundTarget: rng.pick([2, 3, 4, 8]),
    voting: isVoting
      ? chooseVoting(voting, { nodes: count, validators }, { byzantine, faults: chosen, isOverThird: isOver })
      : undefined,
    plant,
  };
}

function hashShares(count: number, byzantine: number, rng: RandomStream): number[] {
  const shares = Array.from({ length: count }, () => rng.between(0.2, 1));
  const honest = shares.slice(0, count - byzantine).reduce((sum, share) => sum + share, 0);
  const liars = shares.slice(count - byzantine).reduce((sum, share) => sum + share, 0);
  const limit = (honest * BYZANTINE_SHARE_MAX) / (1 - BYZANTINE_SHARE_MAX);
  const factor = liars > limit ? limit / liars : 1;
  return shares.map((share, node) => (node < count - byzantine ? share : share * factor));
}
