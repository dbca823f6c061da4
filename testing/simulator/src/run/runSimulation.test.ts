import { describe, expect, it } from "vitest";
import { FAULTS, type Fault } from "../faults/faults.ts";
import type { Plant } from "../faults/plants.ts";
import { runSimulation, type SimulationResult } from "./runSimulation.ts";

/** Everything but what the machine had to do with it. */
function withoutWallTime(result: SimulationResult): Omit<SimulationResult, "wallMs"> {
  const { wallMs, ...others } = result;
  expect(wallMs).toBeGreaterThan(0);
  return others;
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

async function seedThatFinds(plant: Plant, faults?: readonly Fault[]): Promise<SimulationResult | undefined> {
  for (let seed = 1; seed <= SEEDS_MAX; seed++) {
    const result = await runSimulation({ seed, plant, faults });
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
    const result = await seedThatFinds(plant, faults);
    expect(result?.failure?.check).toBeDefined();
    expect(result!.trace.length).toBeGreaterThan(10);
  });
});
