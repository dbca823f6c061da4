import { describe, expect, it } from "vitest";
import { FAULTS, type Fault } from "../faults/faults.ts";
import type { Plant } from "../faults/plants.ts";
import { chooseSwarm, type SimulationOptions, type Swarm } from "./chooseSwarm.ts";
import { runSimulation } from "./runSimulation.ts";
import type { SimulationResult } from "./SimulationResult.ts";

function withoutWallTime(result: SimulationResult): Omit<SimulationResult, "wallMs"> {
  const { wallMs, ...others } = result;
  expect(wallMs).toBeGreaterThan(0);
  return others;
}

describe("simulated network with validators", () => {
  it("finalizes checkpoints after random faults", async () => {
    const result = await runSimulation({ seed: 5, validators: 4 });
    expect(result.failure).toBeUndefined();
    expect(result.validators).toBeGreaterThanOrEqual(4);
    expect(result.checkpoints).toBeGreaterThan(2);
  });

  it("also after all faults at once", async () => {
    const result = await runSimulation({ seed: 8, validators: 5, faults: FAULTS });
    expect(result.failure).toBeUndefined();
    expect(result.checkpoints).toBeGreaterThan(2);
  });

  it("signs no contradiction when validators are restored from old backups and partitioned: seed 1 [FINAL-12]", async () => {
    const { failure, crashes } = await runSimulation({
      seed: 1,
      nodes: 4,
      validators: 4,
      durationS: 50,
      faults: ["oldvotes"],
    });
    expect(failure).toBeUndefined();
    expect(crashes).toBeGreaterThan(0);
  });

  it("counts a liar's late vote that contradicts its earlier one: seed 3495", async () => {
    expect((await runSimulation({ seed: 3495 })).failure).toBeUndefined();
  });

  it.each([
    { seed: 1503, what: "informs a returning node of checkpoints that no body carries [NET-26]" },
    { seed: 9353, what: "requires no evidence of a lie whose receiver had no peer" },
    { seed: 2536, what: "lets a restarted validator receive votes of others, from any sender [FINAL-6]" },
    { seed: 814, what: "lets a node be ahead whose lighter sink had a higher blue score [EXEC-18]" },
  ])("$what: seed $seed", async ({ seed }) => {
    expect((await runSimulation({ seed })).failure).toBeUndefined();
  });

  it("slashes equivocators, also with more than a third", async () => {
    const faults: readonly Fault[] = ["doublevote"];
    const seed = seedWhere(faults, ({ voting }) => {
      const voters = voting?.stakes.filter((wei) => wei > 0n) ?? [];
      return voting?.isOverThird === true && voters.length > 3;
    });
    const result = await runSimulation({ seed, faults });
    expect(result.failure).toBeUndefined();
    expect(result.punished).toBeGreaterThan(0);
  });

  it("repeats exactly from the same seed", async () => {
    const options = { seed: 12, validators: 4, faults: FAULTS, nodes: 4, durationS: 12 };
    const first = withoutWallTime(await runSimulation(options));
    expect(withoutWallTime(await runSimulation(options))).toEqual(first);
  });
});

function seedWhere(faults: readonly Fault[], isSo: (swarm: Swarm) => boolean): number {
  for (let seed = 1; ; seed++) if (isSo(chooseSwarm({ seed, faults }))) return seed;
}

describe("simulated network", () => {
  it("agrees after random faults", async () => {
    const result = await runSimulation({ seed: 1 });
    expect(result.failure).toBeUndefined();
    expect(result.blocks).toBeGreaterThan(10);
  });

  it("does not wait for a transaction behind an underpriced one: seed 4657", async () => {
    expect((await runSimulation({ seed: 4657 })).failure).toBeUndefined();
  });

  it("does not wait for a node killed while it stopped: seed 6416", async () => {
    expect((await runSimulation({ seed: 6416 })).failure).toBeUndefined();
  });

  it.each([3007, 3439])("agrees for a seed that failed in earlier versions: seed %i", async (seed) => {
    expect((await runSimulation({ seed })).failure).toBeUndefined();
  });

  it("agrees after all faults at once", async () => {
    const result = await runSimulation({ seed: 7, faults: FAULTS });
    expect(result.failure).toBeUndefined();
    expect(result.crashes).toBeGreaterThan(0);
    expect(result.reds).toBeGreaterThan(0);
  });

  it("repeats exactly, to the last event, from the same seed", async () => {
    const options = { seed: 11, faults: FAULTS, nodes: 5, durationS: 15 };
    const first = withoutWallTime(await runSimulation(options));
    const other = await runSimulation({ ...options, seed: 12 });
    expect(withoutWallTime(await runSimulation(options))).toEqual(first);
    expect(other.digest).not.toBe(first.digest);
  });
});

const SEEDS_MAX = 12;

async function seedThatFinds(
  options: Omit<SimulationOptions, "seed">,
  first = 1,
): Promise<SimulationResult | undefined> {
  for (let seed = first; seed < first + SEEDS_MAX; seed++) {
    const result = await runSimulation({ ...options, seed });
    if (result.failure !== undefined) return result;
  }
  return undefined;
}

describe("a planted defect is found: ", () => {
  it.each<{ plant: Plant; faults?: readonly Fault[]; first?: number }>([
    { plant: "wrong k" },
    // Earlier seeds do not find the defect.
    { plant: "torn disk", faults: ["power"], first: 7 },
    { plant: "any seal", faults: ["invalid"] },
    { plant: "minted coin" },
    { plant: "blocks never sent" },
  ])("$plant", async ({ plant, faults, first }) => {
    const result = await seedThatFinds({ plant, faults, validators: 0 }, first);
    expect(result?.failure?.check).toBeDefined();
    expect(result!.trace.length).toBeGreaterThan(10);
  });

  it.each<{ plant: Plant; faults: readonly Fault[]; checks: readonly string[]; durationS?: number }>([
    {
      plant: "any vote",
      faults: ["replayvote"],
      checks: [
        "two certificates of one height",
        "an honest validator is punished as a liar",
        "an honest node is taken for a liar",
        "an error is logged: doppelganger.detected",
        "a certificate does not hold",
        "two blocks are final at one number",
        "the sink is not the heaviest",
      ],
    },
    {
      plant: "votes never sent",
      faults: [],
      checks: ["the network does not agree after faults have stopped"],
    },
    {
      plant: "lies unheard",
      faults: ["doublevote"],
      checks: ["the network does not agree after faults have stopped"],
    },
    {
      plant: "others always heard",
      faults: ["oldvotes"],
      checks: ["an honest validator contradicts itself"],
      // Long enough that a backup is restored during a vote.
      durationS: 50,
    },
  ])("$plant", async ({ plant, faults, checks, durationS = 20 }) => {
    const result = await seedThatFinds({ plant, faults, nodes: 4, validators: 4, durationS });
    expect(checks).toContain(result?.failure?.check);
  });
});
