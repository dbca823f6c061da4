import type { Hash } from "@trellis/protocol";
import { expect, it } from "vitest";
import { TimeBudget } from "./TimeBudget.ts";

const hash = (index: number): Hash => `0x${index.toString(16).padStart(64, "0")}`;
const GAS_LIMIT = 60_000_000n;

function budgetOf(runs: readonly (readonly [gasUsed: bigint, timeMs: number])[]): TimeBudget {
  const budget = new TimeBudget(
    runs.map((_, index) => hash(index)),
    GAS_LIMIT,
  );
  for (const [index, [gasUsed, timeMs]] of runs.entries()) {
    budget.onTransaction({ transactionHash: hash(index), gasUsed, timeMs });
  }
  return budget;
}

it("EXEC-28: leaves nothing out within the budget, however slow one transaction is", () => {
  const budget = budgetOf([
    [21_000n, 1_900],
    [21_000n, 100],
  ]);
  expect(budget.toLeaveOut()).toEqual([]);
  expect(() => budget.check()).not.toThrow();
});

it("EXEC-28, TEMPLATE_TOO_SLOW: leaves out the transactions slowest for their gas, until the rest fits", () => {
  const budget = budgetOf([
    [30_000_000n, 1_000],
    [100_000n, 300],
    [3_000_000n, 700],
    [21_000n, 500],
  ]);
  expect(budget.toLeaveOut()).toEqual([hash(2)]);
  expect(() => budget.check()).toThrow(expect.objectContaining({ code: "TEMPLATE_TOO_SLOW" }));
});

it("EXEC-28: leaves out transactions that run past twice the budget", () => {
  const budget = budgetOf([[21_000n, 1_000]]);
  const running = new TimeBudget([hash(1), hash(2)], GAS_LIMIT);
  running.onTransaction({ transactionHash: hash(1), gasUsed: 60_000_000n, timeMs: 1_500 });
  running.onPause({ transactionHash: hash(2), timeMs: 2_500 });
  expect(() => running.onPause({ transactionHash: hash(2), timeMs: 2_501 })).toThrow(
    expect.objectContaining({ code: "TEMPLATE_TOO_SLOW" }),
  );
  expect(running.toLeaveOut()).toEqual([hash(2)]);
  expect(budget.toLeaveOut()).toEqual([]);
});

it("EXEC-28: ignores transactions of merged blocks", () => {
  const budget = new TimeBudget([hash(1)], GAS_LIMIT);
  budget.onTransaction({ transactionHash: hash(9), gasUsed: 21_000n, timeMs: 60_000 });
  budget.onPause({ transactionHash: hash(9), timeMs: 60_000 });
  expect(budget.toLeaveOut()).toEqual([]);
});

it("EXEC-28: the budget is at least a second", () => {
  const budget = new TimeBudget([hash(1)], 21_000n);
  budget.onTransaction({ transactionHash: hash(1), gasUsed: 21_000n, timeMs: 1_000 });
  expect(budget.toLeaveOut()).toEqual([]);
});
