import { readEpoch } from "@trellis/contracts";
import { describe, expect, it } from "vitest";
import { verifyStore } from "../inspection/verifyStore.ts";
import { Parliament } from "./fixtures/Parliament.ts";
import { stakedParameters, VALIDATORS } from "./fixtures/stakedNetwork.ts";

describe("a chain with validators", () => {
  it("of which there is one finalizes by itself", async () => {
    const parliament = await Parliament.open(stakedParameters({ validators: ["alice"] }), ["alice"]);
    const [seat] = parliament.seats;
    expect(await parliament.time.run(60_000, () => parliament.slowest >= 12)).toBe(true);
    const { chain } = seat!;
    const { finalized, isFinalizing, epoch, lagBlocks } = chain.finality.status();
    expect(isFinalizing).toBe(true);
    expect(epoch).toBeGreaterThan(0);
    expect(lagBlocks).toBeLessThan(6);
    expect(chain.view.finalized().hash).toBe(finalized.hash);
    expect(readEpoch(chain.view.stateAt(chain.view.head().hash)).certifiedHeight).toBeGreaterThan(8);
    expect(verifyStore(seat!.store).problems).toEqual([]);
    expect(seat!.errors).toEqual([]);
  });

  it("of which there are four agrees on what is final", async () => {
    const parliament = await Parliament.open(stakedParameters(), VALIDATORS);
    expect(await parliament.time.run(60_000, () => parliament.slowest >= 25)).toBe(true);
    const heights = parliament.seats.map((seat) => parliament.finalOf(seat).height);
    expect(Math.max(...heights) - Math.min(...heights)).toBeLessThan(2);
    for (const seat of parliament.seats) {
      expect(seat.errors).toEqual([]);
      for (let height = 1; height <= 25; height++) {
        expect(seat.chain.finality.certificate(height)?.value).toBe(
          parliament.seats[0]!.chain.finality.certificate(height)?.value,
        );
      }
    }
  });
});
