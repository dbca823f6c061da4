import { expect, it } from "vitest";
import { READS_PER_SLICE, ReadBudget, SLICE_MS } from "./ReadBudget.ts";
import { ManualScheduler } from "./testing/ManualScheduler.ts";

it("EVM-17: serves a bounded number of reads per slice, and the rest in order in the next", () => {
  const scheduler = new ManualScheduler();
  const budget = new ReadBudget(scheduler);
  const answered: number[] = [];
  const count = 2 * READS_PER_SLICE + 5;
  for (let read = 0; read < count; read++) budget.spend(() => answered.push(read));
  expect(answered).toHaveLength(READS_PER_SLICE);
  scheduler.fire(SLICE_MS);
  expect(answered).toHaveLength(2 * READS_PER_SLICE);
  scheduler.fire(SLICE_MS);
  expect(answered).toEqual(Array.from({ length: count }, (_, read) => read));
  scheduler.fire(SLICE_MS);
  expect(scheduler.fire(SLICE_MS)).toBe(0);
});
