import { createPrometheusMetrics } from "@trellis/platform/metrics";
import { describe, expect, it } from "vitest";
import { measureEngine } from "./measureEngine.ts";
import { GAP, openEngineBench } from "./testing/openEngineBench.ts";

async function shown(metrics: ReturnType<typeof createPrometheusMetrics>): Promise<Record<string, number>> {
  const lines = (await metrics.render()).split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return Object.fromEntries(
    lines.map((line) => {
      const [, series = "", value] = /^(?:trellis_arbitrage_)?(.*) (\S+)$/.exec(line) ?? [];
      return [series, Number(value)];
    }),
  );
}

describe("the engine's metrics", () => {
  it("all series exist from the start with zero", async () => {
    const metrics = createPrometheusMetrics({ process: false });
    openEngineBench({ metrics });
    const series = await shown(metrics);
    for (const name of [
      ...["head_number", "head_timestamp_seconds", "book_differences", "scan_seconds_count"],
      ...["profit_coins_total", "gas_coins_total"],
      ...["submitted", "executed", "reverted", "expired", "undone"].map(
        (outcome) => `executions_total{outcome="${outcome}"}`,
      ),
      ...[
        "submitted",
        "paper",
        "poolTaken",
        "poolReserved",
        "paysTooLittle",
        "addressDenied",
        "killed",
        "error",
      ].map((code) => `opportunities_total{code="${code}"}`),
    ])
      expect([name, series[name]]).toEqual([name, 0]);
  });

  it("a step sets its head, its scan and its decisions", async () => {
    const metrics = createPrometheusMetrics({ process: false });
    const { engine, market } = openEngineBench({ metrics });
    await engine.step();
    market.mine(GAP);
    const report = (await engine.step())!;
    expect(await shown(metrics)).toMatchObject({
      head_number: report.block.height,
      head_timestamp_seconds: report.block.timeSeconds,
      scan_seconds_count: 2,
      'opportunities_total{code="arithmeticDiffers"}': 1,
      'executions_total{outcome="submitted"}': 0,
    });
  });

  it("counts trades by their first reason, errors together, and money in coins", async () => {
    const metrics = createPrometheusMetrics({ process: false });
    const meters = measureEngine(metrics);
    meters.decided([
      { code: "killed breakerOpen", outcome: "refused" },
      { code: "NODE_BLOCK_UNKNOWN", outcome: "refused" },
      { code: "SUBMISSION_FULL", outcome: "refused" },
      { code: "submitted", outcome: "submitted" },
    ]);
    const coin = 10n ** 18n;
    meters.settled([
      { id: "a", outcome: "executed", profitWei: coin, gasWei: coin / 4n },
      { id: "b", outcome: "reverted", profitWei: 0n, gasWei: coin / 8n },
      { id: "b", outcome: "undone", profitWei: 0n, gasWei: coin / 8n },
    ]);
    meters.compared(2);
    expect(await shown(metrics)).toMatchObject({
      'opportunities_total{code="killed"}': 1,
      'opportunities_total{code="breakerOpen"}': 0,
      'opportunities_total{code="error"}': 2,
      'executions_total{outcome="submitted"}': 1,
      'executions_total{outcome="executed"}': 1,
      'executions_total{outcome="reverted"}': 1,
      'executions_total{outcome="undone"}': 1,
      profit_coins_total: 1,
      gas_coins_total: 0.375,
      book_differences: 2,
    });
  });
});
