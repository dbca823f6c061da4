import { expect, it } from "vitest";
import { UINT128_MAX } from "../arithmetic/uint.ts";
import { codeOf } from "../testing/codeOf.ts";
import { type InitializedTick, nextWordEnd, TickTable, wordStart } from "./TickTable.ts";

const tick = (tick: number, liquidityNet = 1n, liquidityGross = 1n): InitializedTick => ({
  tick,
  liquidityGross,
  liquidityNet,
});

it("adds and removes positions", () => {
  const one = new TickTable(10, []).withPosition(-20, 30, 5n);
  const two = one.withPosition(30, 50, 7n);
  expect([...two.entries()]).toEqual([tick(-20, 5n, 5n), tick(30, 2n, 12n), tick(50, -7n, 7n)]);
  expect([...two.withPosition(30, 50, -7n).entries()]).toEqual([...one.entries()]);
  expect(one.withPosition(-20, 30, -5n).count).toBe(0);
});

it("keeps a tick where the net liquidity is zero", () => {
  const table = new TickTable(10, []).withPosition(-20, 30, 5n).withPosition(30, 50, 5n);
  expect([...table.entries()][1]).toEqual(tick(30, 0n, 10n));
});

it("drops ticks outside the known words", () => {
  const table = new TickTable(1, [], { lowest: 5, highest: 6 }).withPosition(-300, 200, 5n);
  expect(table.known).toEqual({ lowest: 0, highest: 255 });
  expect([...table.entries()]).toEqual([tick(200, -5n, 5n)]);
});

it("finds the nearest tick at or below", () => {
  const table = new TickTable(10, [tick(-20), tick(0), tick(30)]);
  expect([-21, -20, -1, 0, 29, 30, 31].map((at) => table.indexAtOrBelow(at))).toEqual([-1, 0, 0, 1, 1, 2, 2]);
});

it("words have the bounds of the contract's bitmap, which searches from the next position upwards", () => {
  expect([0, 59, 60, -1, -887272].map((at) => wordStart(at, 60))).toEqual([0, 0, 0, -15360, -887272]);
  expect([-61, -60, -1, 0, 15299, 15300, 887271].map((at) => nextWordEnd(at, 60))).toEqual([
    -60, 15300, 15300, 15300, 15300, 30660, 887272,
  ]);
});

it("POOL_INVALID: ticks off the spacing, twice, outside, or without liquidity", () => {
  const invalid: InitializedTick[][] = [
    [tick(5)],
    [tick(10), tick(10)],
    [tick(887_280)],
    [tick(10, 0n, 0n)],
    [tick(10, 2n, 1n)],
    [tick(10, 1n, UINT128_MAX + 1n)],
  ];
  for (const entries of invalid) expect(codeOf(() => new TickTable(10, entries))).toBe("POOL_INVALID");
  expect(codeOf(() => new TickTable(0, []))).toBe("POOL_INVALID");
  expect(codeOf(() => new TickTable(10, [tick(0)], { lowest: 10_000, highest: 20_000 }))).toBe(
    "POOL_INVALID",
  );
  const table = new TickTable(10, [tick(10)]);
  expect(codeOf(() => table.withPosition(10, 20, -5n))).toBe("POOL_INVALID");
  expect(codeOf(() => table.withPosition(20, 10, 5n))).toBe("POOL_INVALID");
});
