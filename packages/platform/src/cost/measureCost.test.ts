import { expect, it } from "vitest";
import { createPrometheusMetrics } from "../metrics/createPrometheusMetrics.ts";
import { measureCost } from "./measureCost.ts";

const PRICES = {
  currency: "EUR",
  cpuHour: "0",
  millionRequests: "0",
  gigabyte: "0",
  gigabyteMonth: "0",
  gasToken: "0",
};
const NOTHING = { cpu: 0n, requests: 0n, transfer: 0n, storage: 0n, gas: 0n };

it("a budget that was removed is no longer exceeded", async () => {
  const metrics = createPrometheusMetrics({ process: false });
  const cost = measureCost(metrics, "reserves");
  const show = (...names: string[]): void =>
    cost.show(
      {
        day: "2026-11-25",
        prices: PRICES,
        spent: 0n,
        projected: 0n,
        budgets: names.map((name) => ({
          budget: { name, month: "1" },
          spent: 2_000_000n,
          projected: 3_000_000n,
        })),
        space: { storedBytes: 0, usedBytes: 0, capacityBytes: undefined },
        storage: { trend: "unknown", bytesPerDay: undefined, fullAtMs: undefined },
      },
      { today: NOTHING, flushedMs: 0 },
    );
  const ratios = async (): Promise<string[]> =>
    (await metrics.render()).match(/(?<=^trellis_cost_budget_(?:projected_)?ratio.*budget=)"\S+ \S+$/gm) ??
    [];
  show("a", "b");
  expect(await ratios()).toEqual(['"a"} 2', '"b"} 2', '"a"} 3', '"b"} 3']);
  show("b");
  expect(await ratios()).toEqual(['"a"} 0', '"b"} 2', '"a"} 0', '"b"} 3']);
  show("a", "b");
  expect(await ratios()).toEqual(['"a"} 2', '"b"} 2', '"a"} 3', '"b"} 3']);
});
