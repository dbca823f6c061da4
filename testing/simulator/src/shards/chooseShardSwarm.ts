import { sim } from "@trellis/protocol";
import { COMMON_FAULTS, type Fault, SHARD_FAULTS, SHARD_LIES } from "../faults/faults.ts";
import type { GovernedChange } from "../faults/withGovernedChange.ts";
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
  /** Default: production code. */
  readonly gatewayCode?: Uint8Array | undefined;
  /** The last machine lies. */
  readonly hasLiar: boolean;
  /** Of each machine. Shard 0 is always among them; only machines with all shards validate. */
  readonly follows: readonly (readonly number[])[];
  readonly messagesPerSecond: number;
  /** Share of messages to the last shard, beside the equal share of all. */
  readonly floodShare: number;
  readonly governed: readonly GovernedChange[];
  /** Of the gateways. Default: those of the protocol. */
  readonly queues?: { readonly queueMax: number; readonly lifetimeSeconds: number };
}

/** Drawn separately, so that earlier seeds stay reproducible. */
const LATER: readonly Fault[] = ["governance"];
const FAULT_SHARE = 0.3;
const LIE_SHARE = 0.08;
/** Share of runs in which queues stall. [SHARD-12.4] */
const LONG_SHARE = 0.05;
const LONG_S = 90;

export function chooseShardSwarm(options: SimulationOptions & { readonly shards: number }): ShardSwarm {
  const { seed, shards, nodes, durationS, faults, plant } = options;
  const rng = new RandomStream(seed, "shards");
  const isLong = rng.chance(LONG_SHARE);
  const later = new RandomStream(seed, "later faults");
  const drawn = [...COMMON_FAULTS, ...SHARD_FAULTS].filter((fault) =>
    (LATER.includes(fault) ? later : rng).chance(SHARD_LIES.includes(fault) ? LIE_SHARE : FAULT_SHARE),
  );
  const lies = SHARD_LIES.slice(4).filter(() => rng.chance(LIE_SHARE));
  const chosen = new Set<Fault>(faults ?? [...drawn, ...lies]);
  const hasLiar = SHARD_LIES.some((fault) => chosen.has(fault));
  const drawnMachines = rng.pick([2, 3, 3, 4]);
  const machines = nodes ?? Math.max(drawnMachines, hasLiar ? 3 : 2);
  const all = Array.from({ length: shards }, (_, shard) => shard);
  const hasObserver = !hasLiar && machines > 2 && shards > 2 && rng.chance(0.6);
  const observed = all.filter((shard) => shard === 0 || rng.chance(0.5));
  const pace = rng.pick([0.25, 0.5]);
  const isLast = (machine: number) => machine === machines - 1;
  const weights = Array.from({ length: machines }, () => BigInt(1 + rng.below(8)));
  const honestWeight = weights.slice(0, -1).reduce((sum, weight) => sum + weight, 0n);
  const stakeOf = (wei: bigint, machine: number): bigint => {
    if (!isLast(machine)) return wei;
    // A quarter of the whole, so that the others are a quorum.
    if (hasLiar) return (honestWeight * 1_000n * COIN) / 3n;
    return hasObserver ? 0n : wei;
  };
  return {
    seed,
    shards,
    durationS: durationS ?? (isLong ? LONG_S : Math.round(rng.between(10, 20))),
    faults: chosen,
    hasLiar,
    latency: rng.pick(LATENCY_MODELS),
    bytesPerMs: rng.pick([200, 2_000, 20_000]),
    blocksPerSecond: isLong ? 0.6 : rng.between(0.8, 2),
    transactionsPerSecond: rng.between(0.2, 1),
    messagesPerSecond: isLong ? 0.7 : rng.between(2, 8),
    floodShare: rng.chance(0.2) ? 0.9 : 0,
    intensity: rng.between(0.3, 1),
    hasDurableDisks: rng.chance(0.5),
    isTight: rng.chance(0.2),
    follows: Array.from({ length: machines }, (_, machine) =>
      hasObserver && isLast(machine) ? observed : all,
    ),
    governed: chosen.has("governance") ? governedChanges(new RandomStream(seed, "governance")) : [],
    queues: { queueMax: rng.pick([3, 8, 64]), lifetimeSeconds: rng.pick([10, 60, 600]) },
    voting: {
      stakes: weights.map((weight, machine) => stakeOf(weight * 1_000n * COIN, machine)),
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

/** Gas limits decide how many messages a block delivers; epochs, who votes in all shards. */
function governedChanges(rng: RandomStream): GovernedChange[] {
  const epochOf = () => 1 + rng.below(3);
  return [
    { name: "gasLimit", value: rng.pick([5_000_000n, 8_000_000n, 100_000_000n]), epoch: epochOf() },
    { name: "epochLengthBlocks", value: BigInt(4 + rng.below(20)), epoch: epochOf() },
  ];
}
