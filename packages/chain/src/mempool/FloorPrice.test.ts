import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FloorPrice } from "./FloorPrice.ts";

function createFloor(tipFloorWei: bigint, floorHalfLifeMs = 1_000) {
  const clock = { now: 0, nowMs: () => clock.now };
  return { clock, floor: new FloorPrice({ tipFloorWei, floorHalfLifeMs }, clock) };
}

describe("FloorPrice", () => {
  it("rises to a tenth above a rejected price, rounded up, and never by a lower one", () => {
    const { floor } = createFloor(5n);
    expect(floor.current()).toBe(5n);
    floor.raiseAbove(101n);
    expect(floor.current()).toBe(112n);
    floor.raiseAbove(50n);
    expect(floor.current()).toBe(112n);
  });

  it("stays at its configured value for transactions that pay nothing", () => {
    const { floor } = createFloor(0n);
    floor.raiseAbove(0n);
    floor.raiseAbove(-3n);
    expect(floor.current()).toBe(0n);
  });

  it("loses half of its rise each half-life", () => {
    const { floor, clock } = createFloor(100n);
    floor.raiseAbove(1_000n);
    const rises = [0, 500, 1_000, 2_000, 20_000].map((now) => {
      clock.now = now;
      return floor.current() - 100n;
    });
    expect(rises).toEqual([1_000n, 750n, 500n, 250n, 0n]);
  });

  it("never rises by itself and never falls below the configured floor", () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 2n ** 256n }),
        fc.nat(1_000),
        fc.array(fc.nat(700), { maxLength: 50 }),
        (tip, configured, waits) => {
          const { floor, clock } = createFloor(BigInt(configured));
          floor.raiseAbove(tip);
          let before = floor.current();
          for (const wait of waits) {
            clock.now += wait;
            const now = floor.current();
            expect(now <= before && now >= BigInt(configured)).toBe(true);
            before = now;
          }
        },
      ),
    );
  });

  it("does not fall when the clock steps back", () => {
    const { floor, clock } = createFloor(1n);
    clock.now = 10_000;
    floor.raiseAbove(100n);
    clock.now = 0;
    expect(floor.current()).toBe(110n);
  });
});
