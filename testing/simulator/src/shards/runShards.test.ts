import { describe, expect, it } from "vitest";
import { COMMON_FAULTS, type Fault, SHARD_FAULTS, SHARD_LIES } from "../faults/faults.ts";
import type { Plant } from "../faults/plants.ts";
import { minerAddress } from "../node/SimNetwork.ts";
import { runSimulation } from "../run/runSimulation.ts";
import type { SimulationResult } from "../run/SimulationResult.ts";
import { chooseShardSwarm } from "./chooseShardSwarm.ts";
import { ShardCluster } from "./ShardCluster.ts";

/** A planted defect can need rare events. */
const SEEDS_MAX = 6;

describe("SHARD-10, SHARD-16: a simulated network with several shards", () => {
  it("delivers or refunds each message once", async () => {
    const { failure, shards, checkpoints, ...result } = await runSimulation({
      seed: 4,
      shards: 3,
      durationS: 30,
      faults: [],
    });
    expect(failure).toBeUndefined();
    expect(shards!.delivered).toBeGreaterThan(40);
    expect(shards!.delivered).toBe(shards!.sent);
    expect(shards!.refunded).toBeGreaterThan(5);
    expect(checkpoints).toBeGreaterThan(5);
    expect(result.finalNumber).toBeGreaterThan(5);
  });

  it.each([1, 2, 3])("agrees after random faults: seed %i", async (seed) => {
    const { failure, shards } = await runSimulation({ seed, shards: 2 });
    expect(failure).toBeUndefined();
    expect(shards!.delivered).toBe(shards!.sent);
  });

  it.each<{ what: string; fault: Fault }>([
    { what: "a shard that stops", fault: "shardstop" },
    { what: "a partition of each shard", fault: "shardcut" },
  ])("agrees after $what", async ({ fault }) => {
    const { failure, shards } = await runSimulation({ seed: 2, shards: 2, faults: [fault], durationS: 25 });
    expect(failure).toBeUndefined();
    expect(shards!.delivered).toBe(shards!.sent);
  });

  it("SHARD-14.5: agrees while governance changes gas limits and epochs", async () => {
    const options = { seed: 5, shards: 2, faults: ["governance"] as const, durationS: 15 };
    const { failure, shards, epochs } = await runSimulation(options);
    expect(failure).toBeUndefined();
    expect(shards!.delivered).toBe(shards!.sent);
    expect(epochs).toBeGreaterThan(2);
  });

  it("agrees after all faults at once", async () => {
    const faults = [...COMMON_FAULTS, ...SHARD_FAULTS, ...SHARD_LIES];
    const { failure, crashes } = await runSimulation({ seed: 8, shards: 3, faults });
    expect(failure).toBeUndefined();
    expect(crashes).toBeGreaterThan(0);
  });

  it("repeats exactly, to the last event, from the same seed", async () => {
    const options = { seed: 11, shards: 2, durationS: 8 };
    const { wallMs: _, ...first } = await runSimulation(options);
    const { wallMs: __, ...second } = await runSimulation(options);
    const { digest } = await runSimulation({ ...options, seed: 12 });
    expect(second).toEqual(first);
    expect(digest).not.toBe(first.digest);
  });
});

/** How often the machine was dishonest. */
type Dishonesty = (result: SimulationResult) => number;

describe("a dishonest machine stops no shard, and changes no message", () => {
  it.each<{ what: string; faults: readonly Fault[]; seed: number; count: Dishonesty }>([
    {
      what: "SHARD-12: producers that withhold, skip, replay or forge messages",
      faults: ["badbatch"],
      seed: 1,
      count: ({ shards }) => shards!.lies,
    },
    {
      what: "SHARD-14.2: anchors that are old",
      faults: ["oldanchor"],
      seed: 2,
      count: ({ shards }) => shards!.falseAnchors,
    },
    {
      what: "SHARD-14.2: anchors that are not final",
      faults: ["earlyanchor"],
      seed: 2,
      count: ({ shards }) => shards!.falseAnchors,
    },
    {
      what: "SHARD-16.1: a validator that equivocates",
      faults: ["doublevote"],
      seed: 4,
      count: ({ punished }) => punished,
    },
  ])("$what", async ({ faults, seed, count }) => {
    const result = await runSimulation({ seed, shards: 2, faults, durationS: 12 });
    const { failure, shards } = result;
    expect(failure).toBeUndefined();
    expect(count(result)).toBeGreaterThan(0);
    expect(shards!.delivered).toBe(shards!.sent);
  });

  it("SHARD-18: a majority of one shard's miners that keeps an old anchor delays messages to that shard", async () => {
    const options = {
      seed: 3,
      shards: 2,
      faults: ["majority", "oldanchor"] satisfies Fault[],
      durationS: 12,
    };
    const swarm = chooseShardSwarm(options);
    const cluster = new ShardCluster(swarm);
    const endMs = swarm.durationS * 1_000;
    cluster.begin(endMs);
    await cluster.until(endMs);
    const liar = minerAddress(swarm.follows.length - 1);
    const headers = cluster.views!.map((view) =>
      view.dagRange(1, Number.MAX_SAFE_INTEGER, 1_000).map(({ header }) => header),
    );
    const lying = headers.map((mined) => mined.filter(({ miner }) => miner === liar));
    const shard = lying.findIndex(({ length }, index) => 2 * length > headers[index]!.length);
    expect(shard).toBeGreaterThanOrEqual(0);
    for (const { anchor } of lying[shard]!) expect(anchor!.number).toBeLessThanOrEqual(1);

    const { failure, shards } = await runSimulation(options);
    expect(failure).toBeUndefined();
    expect(shards!.delivered).toBe(shards!.sent);
  });
});

describe("a planted defect is found in a network with several shards: ", () => {
  it.each<{ plant: Plant; check: string; faults?: readonly Fault[] }>([
    { plant: "inbox unchecked", check: "a message is not delivered once and in order", faults: [] },
    { plant: "refund lost", check: "a refund is lost or wrong", faults: [] },
    {
      plant: "unfinal anchors",
      check: "an honest node is taken for a liar",
      faults: ["shardcut", "partition"],
    },
  ])("$plant", async ({ plant, check, faults }) => {
    const checks: (string | undefined)[] = [];
    for (let seed = 1; seed <= SEEDS_MAX && !checks.includes(check); seed++)
      checks.push((await runSimulation({ seed, shards: 2, plant, faults })).failure?.check);
    expect(checks).toContain(check);
  });
});
