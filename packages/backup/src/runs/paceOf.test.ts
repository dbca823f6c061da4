import { expect, it } from "vitest";
import { paceOf } from "./paceOf.ts";

function openPace(rate: number) {
  const clock = { now: 1_000, nowMs: () => clock.now };
  const waits: number[] = [];
  const pause = async (ms: number): Promise<void> => {
    waits.push(ms);
    clock.now += ms;
  };
  return { clock, waits, pace: paceOf(rate, { clock, pause }) };
}

it("waits for what the work itself did not take", async () => {
  const { clock, waits, pace } = openPace(1_000);
  clock.now += 30;
  await pace(100);
  clock.now += 200;
  await pace(100);
  await pace(50);
  expect(waits).toEqual([70, 50]);
});

it("a clock that is set back delays one piece by no more than its own time", async () => {
  const { clock, waits, pace } = openPace(1_000);
  clock.now -= 1e9;
  await pace(100);
  await pace(100);
  expect(waits).toEqual([100, 100]);
});

it("0 sets no limit", async () => {
  const { waits, pace } = openPace(0);
  await pace(1e12);
  expect(waits).toEqual([]);
});
