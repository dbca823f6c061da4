import { type LogFacts, type Metrics, silentLog } from "@trellis/base";
import type { Hash } from "@trellis/protocol";
import { expect, it } from "vitest";
import { ExecutionMeter } from "./ExecutionMeter.ts";
import { SlowGas } from "./SlowGas.ts";

const HASH: Hash = `0x${"aa".repeat(32)}`;

function createMeter() {
  const measured: string[] = [];
  const warnings: (LogFacts | undefined)[] = [];
  const clock = { ms: 0, nowMs: () => clock.ms };
  const named =
    (name: string) =>
    (value = 1, labels: object = {}) => {
      measured.push([name, value, ...Object.values(labels)].join(" "));
    };
  const metrics: Metrics = {
    counter: ({ name }) => ({ add: named(name) }),
    gauge: ({ name }) => ({ set: named(name) }),
    histogram: ({ name }) => ({ observe: named(name) }),
  };
  const log = { ...silentLog, warn: (_: string, facts?: LogFacts) => warnings.push(facts) };
  return {
    meter: new ExecutionMeter({ metrics, clock, log }, new SlowGas(clock)),
    measured,
    warnings,
    clock,
  };
}

it("EXEC-29: reports an execution's time, gas and rate", () => {
  const { meter, measured, warnings } = createMeter();
  const watch = meter.watch("import");
  watch.onTransaction({ transactionHash: HASH, gasUsed: 9_000_000n, timeMs: 60 });
  watch.onTransaction({ transactionHash: HASH, gasUsed: 3_000_000n, timeMs: 40 });
  watch.end();
  expect(measured).toEqual([
    "trellis_chain_execution_seconds 0.1 import",
    "trellis_chain_execution_gas_total 12000000 import",
    "trellis_chain_execution_gas_per_second 120000000",
  ]);
  expect(warnings).toEqual([]);
});

it("EXEC-29: without a clock measures nothing", () => {
  const { meter, measured } = createMeter();
  meter.watch("import").end();
  expect(measured).toEqual([]);
});

it("EXEC-29: logs a slow transaction at most once in ten seconds", () => {
  const { meter, measured, warnings, clock } = createMeter();
  const slow = { transactionHash: HASH, gasUsed: 5_000_000n, timeMs: 500 };
  const run = (atMs: number) => {
    clock.ms = atMs;
    meter.watch("template").onTransaction(slow);
  };
  for (const atMs of [0, 1, 9_999, 10_000]) run(atMs);
  const facts = { transaction: HASH, gas: 5_000_000, timeMs: 500, mgasPerSecond: 10 };
  expect(warnings).toEqual([
    { ...facts, notLogged: 0 },
    { ...facts, notLogged: 2 },
  ]);
  expect(measured.filter((line) => line === "trellis_chain_slow_transactions_total 1")).toHaveLength(4);
});

it.each([
  ["short", 1_000n, 249],
  ["long with much gas", 7_500_000n, 250],
])("EXEC-29: a transaction that is %s is not slow", (_, gasUsed, timeMs) => {
  const { meter, measured } = createMeter();
  meter.watch("import").onTransaction({ transactionHash: HASH, gasUsed, timeMs });
  expect(measured).toEqual([]);
});
