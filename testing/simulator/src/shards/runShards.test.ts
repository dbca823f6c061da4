import { describe, expect, it } from "vitest";
import { COMMON_FAULTS, SHARD_FAULTS } from "../faults/faults.ts";
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

  it("agrees after all faults at once", async () => {
    const faults = [...COMMON_FAULTS, ...SHARD_FAULTS];
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
