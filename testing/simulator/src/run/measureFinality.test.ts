import { describe, expect, it } from "vitest";
import { measureFinality } from "./measureFinality.ts";

describe("cost of finality", () => {
  it("is the same in each measurement, and grows with the validators", async () => {
    const four = await measureFinality({ validators: 4, checkpoints: 2 });
    expect(await measureFinality({ validators: 4, checkpoints: 2 })).toEqual(four);
    expect(four.checkpoints).toBeGreaterThanOrEqual(2);
    expect(four.lagMs.p50).toBeGreaterThan(0);
    expect(four.lagMs.p99).toBeLessThan(100);
    const eight = await measureFinality({ validators: 8, checkpoints: 2 });
    expect(eight.messagesPerCheckpoint).toBeGreaterThan(2 * four.messagesPerCheckpoint);
  });

  it("stays within bounds at the latency of continents", async () => {
    const far = await measureFinality({ validators: 12, checkpoints: 2, latencyMs: 100 });
    expect(far.lagMs.p50).toBeGreaterThan(200);
    expect(far.lagIntervals.p99).toBeLessThan(3);
    expect(far.messagesPerCheckpointAndNode).toBeLessThanOrEqual(100);
  });

  it("MEASUREMENT_FAILED", async () => {
    const measured = measureFinality({ validators: 4, checkpoints: 2, giveUpMs: 1_000 });
    await expect(measured).rejects.toMatchObject({ code: "MEASUREMENT_FAILED" });
  });
});
