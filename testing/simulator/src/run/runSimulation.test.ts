import { describe, expect, it } from "vitest";
import { FAULTS, type Fault } from "../faults/faults.ts";
import type { Plant } from "../faults/plants.ts";
import { chooseSwarm, type SimulationOptions, type Swarm } from "./chooseSwarm.ts";
import { runSimulation, type SimulationResult } from "./runSimulation.ts";

/** Everything but what the machine had to do with it. */
function withoutWallTime(result: SimulationResult): Omit<SimulationResult, "wallMs"> {
  const { wallMs, ...others } = result;
  expect(wallMs).toBeGreaterThan(0);
  return others;
}

describe("a simulated network with validators", () => {
  it.each([3, 5, 7])("makes checkpoints final after faults of the seed's choice: seed %i", async (seed) => {
    const result = await runSimulation({ seed, validators: 4 });
    expect(result.failure).toBeUndefined();
    expect(result.validators).toBeGreaterThanOrEqual(4);
    expect(result.checkpoints).toBeGreaterThan(2);
  });

  it("does so after all faults at once", async () => {
    const result = await runSimulation({ seed: 8, validators: 5, faults: FAULTS });
    expect(result.failure).toBeUndefined();
    expect(result.checkpoints).toBeGreaterThan(2);
  });

  it("punishes equivocators, also where they hold more than a third", async () => {
    const seed = seedWhere(({ voting, faults }) => voting?.isOverThird === true && !faults.has("silentvote"));
    const result = await runSimulation({ seed });
    expect(result.failure).toBeUndefined();
    expect(result.punished).toBeGreaterThan(0);
  });

  it("does the same again from the same seed", async () => {
    const options = { seed: 12, validators: 4, faults: FAULTS, nodes: 4, durationS: 12 };
    const first = withoutWallTime(await runSimulation(options));
    expect(withoutWallTime(await runSimulation(options))).toEqual(first);
  });
});

/** The first seed that chooses so. */
function seedWhere(isSo: (swarm: Swarm) => boolean): number {
  for (let seed = 1; ; seed++) if (isSo(chooseSwarm({ seed }))) return seed;
}

describe("a simulated network", () => {
  it.each([1, 2, 3, 4, 5])("agrees after faults of the seed's choice: seed %i", async (seed) => {
    const result = await runSimulation({ seed });
    expect(result.failure).toBeUndefined();
    expect(result.blocks).toBeGreaterThan(10);
  });

  it("agrees after all faults at once", async () => {
    const result = await runSimulation({ seed: 7, faults: FAULTS });
    expect(result.failure).toBeUndefined();
    expect(result.crashes).toBeGreaterThan(0);
    expect(result.reds).toBeGreaterThan(0);
  });

  it("does the same again, to the last event, from the same seed", async () => {
    const options = { seed: 11, faults: FAULTS, nodes: 5, durationS: 15 };
    const first = withoutWallTime(await runSimulation(options));
    // What other runs leave behind in the process must not matter.
    const other = await runSimulation({ ...options, seed: 12 });
    expect(withoutWallTime(await runSimulation(options))).toEqual(first);
    expect(other.digest).not.toBe(first.digest);
  });
});

/** Seeds within which a planted defect must be found. */
const SEEDS_MAX = 12;

async function seedThatFinds(
  options: Omit<SimulationOptions, "seed">,
): Promise<SimulationResult | undefined> {
  for (let seed = 1; seed <= SEEDS_MAX; seed++) {
    const result = await runSimulation({ ...options, seed });
    if (result.failure !== undefined) return result;
  }
  return undefined;
}

describe("a planted defect is found: ", () => {
  it.each<{ plant: Plant; faults?: readonly Fault[] }>([
    { plant: "wrong k" },
    { plant: "torn disk", faults: ["power"] },
    { plant: "any seal", faults: ["invalid"] },
    { plant: "minted coin" },
    { plant: "blocks never sent" },
  ])("$plant", async ({ plant, faults }) => {
    const result = await seedThatFinds({ plant, faults, validators: 0 });
    expect(result?.failure?.check).toBeDefined();
    expect(result!.trace.length).toBeGreaterThan(10);
  });

  it.each<{ plant: Plant; faults: readonly Fault[]; checks: readonly string[] }>([
    {
      plant: "any vote",
      faults: ["replayvote"],
      checks: [
        "two certificates of one height",
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
  ])(
    "$plant",
    async ({ plant, faults, checks }) => {
      const result = await seedThatFinds({ plant, faults, nodes: 4, validators: 4, durationS: 20 });
      expect(checks).toContain(result?.failure?.check);
      // What never comes is waited for.
    },
    240_000,
  );
});
