import { sim } from "@trellis/protocol";
import { COMMON_FAULTS, type Fault, SHARD_FAULTS } from "../faults/faults.ts";
import { LATENCY_MODELS } from "../internet/latency.ts";
import { COIN } from "../node/coin.ts";
import type { SimulationOptions, Swarm } from "../run/chooseSwarm.ts";
import { RandomStream } from "../world/RandomStream.ts";

export interface ShardSwarm
  extends Pick<
    Swarm,
    | "seed"
    | "durationS"
    | "faults"
    | "latency"
    | "bytesPerMs"
    | "blocksPerSecond"
    | "transactionsPerSecond"
    | "intensity"
    | "hasDurableDisks"
    | "isTight"
    | "voting"
    | "plant"
  > {
  readonly shards: number;
  /** Of each machine. Shard 0 is always among them; only machines with all shards validate. */
  readonly follows: readonly (readonly number[])[];
  readonly messagesPerSecond: number;
  /** Share of messages to the last shard, beside the equal share of all. */
  readonly floodShare: number;
  /** Of the gateways. Default: those of the protocol. */
  readonly queues?: { readonly queueMax: number; readonly lifetimeSeconds: number };
}

const FAULT_SHARE = 0.3;
/** Share of runs in which queues stall. [SHARD-12.4] */
const LONG_SHARE = 0.05;
const LONG_S = 90;

export function chooseShardSwarm(options: SimulationOptions & { readonly shards: number }): ShardSwarm {
  const { seed, shards, nodes, durationS, faults, plant } = options;
  const rng = new RandomStream(seed, "shards");
  const isLong = rng.chance(LONG_SHARE);
  const machines = nodes ?? rng.pick([2, 3, 3, 4]);
  const drawn = [...COMMON_FAULTS, ...SHARD_FAULTS].filter(() => rng.chance(FAULT_SHARE));
  const all = Array.from({ length: shards }, (_, shard) => shard);
  const hasObserver = machines > 2 && shards > 2 && rng.chance(0.4);
  const observed = all.filter((shard) => shard === 0 || rng.chance(0.5));
  const pace = rng.pick([0.25, 0.5]);
  const weights = Array.from({ length: machines }, () => BigInt(1 + rng.below(8)));
  return {
    seed,
    shards,
    durationS: durationS ?? (isLong ? LONG_S : Math.round(rng.between(10, 20))),
    faults: new Set<Fault>(faults ?? drawn),
    latency: rng.pick(LATENCY_MODELS),
    bytesPerMs: rng.pick([200, 2_000, 20_000]),
    blocksPerSecond: isLong ? 0.6 : rng.between(0.8, 2),
    transactionsPerSecond: rng.between(0.2, 1),
    messagesPerSecond: isLong ? 0.7 : rng.between(2, 8),
    floodShare: rng.chance(0.2) ? 0.9 : 0,
    intensity: rng.between(0.3, 1),
    // Otherwise shard 0's store can be older than what another shard names, and needs when it opens.
    hasDurableDisks: true,
    isTight: rng.chance(0.2),
    follows: Array.from({ length: machines }, (_, machine) =>
      hasObserver && machine === machines - 1 ? observed : all,
    ),
    queues: { queueMax: rng.pick([3, 8, 64]), lifetimeSeconds: rng.pick([10, 60, 600]) },
    voting: {
      stakes: weights.map((weight, machine) =>
        hasObserver && machine === machines - 1 ? 0n : weight * 1_000n * COIN,
      ),
      isOverThird: false,
      epochBlocks: 5 + rng.below(20),
      parameters: {
        depth: 1 + rng.below(2),
        interval: 1 + rng.below(3),
        proposeMs: sim.votes.proposeMs * pace,
        prevoteMs: sim.votes.prevoteMs * pace,
        precommitMs: sim.votes.precommitMs * pace,
        growthMs: sim.votes.growthMs * pace,
        repeatMs: sim.votes.repeatMs * pace,
      },
      punishesAbsence: false,
    },
    plant,
  };
}
