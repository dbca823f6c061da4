import { describe, expect, it } from "vitest";
import { COMMON_FAULTS, type Fault, SHARD_FAULTS, SHARD_LIES } from "../faults/faults.ts";
import type { Plant } from "../faults/plants.ts";
import { runSimulation } from "../run/runSimulation.ts";

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
    const { wallMs, ...first } = await runSimulation(options);
    const { wallMs: again, ...second } = await runSimulation(options);
    const { digest } = await runSimulation({ ...options, seed: 12 });
    expect(second).toEqual(first);
    expect(wallMs + again).toBeGreaterThan(0);
    expect(digest).not.toBe(first.digest);
  });
});

describe("a dishonest machine stops no shard, and changes no message", () => {
  it.each<{ what: string; faults: readonly Fault[]; seed: number }>([
    {
      what: "SHARD-12: producers that withhold, skip, replay or forge messages",
      faults: ["badbatch"],
      seed: 1,
    },
    { what: "SHARD-14.2: anchors that are old, or not final", faults: ["oldanchor", "earlyanchor"], seed: 2 },
    {
      what: "SHARD-18: a byzantine majority of miners in one shard",
      faults: ["majority", "oldanchor"],
      seed: 3,
    },
    { what: "SHARD-16.1: a validator that equivocates", faults: ["doublevote"], seed: 4 },
  ])("$what", async ({ faults, seed }) => {
    const { failure, shards, byzantine } = await runSimulation({ seed, shards: 2, faults, durationS: 12 });
    expect(failure).toBeUndefined();
    expect(byzantine).toBeGreaterThan(0);
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

const SEEDS_MAX = 6;
