import { silentLog } from "@trellis/base";
import { describeDatabases, SILENT } from "@trellis/kit/databases";
import { beforeEach, describe, expect, it } from "vitest";
import { openAtRest } from "../atRest/index.ts";
import type { Principal } from "../auth/Principal.ts";
import { projectedOf } from "./budgets.ts";
import { createFileUsage } from "./createFileUsage.ts";
import { CALLERS_MAX, TENANTS_MAX } from "./DayCallers.ts";
import { DAY_MS, startOf } from "./day.ts";
import { openDatabaseUsage } from "./openDatabaseUsage.ts";
import { costOf, totalOf } from "./prices.ts";
import { costSuite, DAY, keyOf, PRICES } from "./testing/costSuite.ts";
import { createMemoryFiles } from "./UsageFiles.ts";
import { UsageMeter } from "./UsageMeter.ts";
import type { UsageStore } from "./UsageStore.ts";

const NOON = startOf(DAY) + DAY_MS / 2;
let nowMs = NOON;
const clock = { nowMs: () => nowMs };
beforeEach(() => {
  nowMs = NOON;
});

describe("usage meter", () => {
  it("COST-1: counts by tenant and key; users share a key, and without credentials there is none", () => {
    const meter = new UsageMeter(clock);
    const user: Principal = { ...keyOf("", "alice"), id: "user:alice@example.org", kind: "user" };
    meter.count(keyOf("1", "alice"), 10, 100);
    meter.count(keyOf("1", "alice"), 1, 2);
    meter.count(keyOf("1", "alice"), 3, 4, 0);
    meter.count(user, 5, 6);
    meter.count({ ...user, id: "user:bob" }, 5, 6);
    meter.count(undefined, 7, 8);
    expect(meter.drain()).toEqual([
      {
        day: DAY,
        callers: [
          { tenant: "alice", key: "key:1", requests: 2, bytesIn: 14, bytesOut: 106 },
          { tenant: "alice", key: "users", requests: 2, bytesIn: 10, bytesOut: 12 },
          { tenant: undefined, key: "anonymous", requests: 1, bytesIn: 7, bytesOut: 8 },
        ],
      },
    ]);
    expect(meter.drain()).toEqual([]);
  });

  it("COST-2: 10,000 keys and tenants need bounded rows, and no request is lost, even after a drain", () => {
    const meter = new UsageMeter(clock);
    const seen = new Map<string, number>();
    const drain = (): void => {
      for (const { callers } of meter.drain())
        for (const { tenant = "", key, requests } of callers) {
          const id = `${tenant} ${key}`;
          seen.set(id, (seen.get(id) ?? 0) + requests);
        }
    };
    for (let index = 0; index < 10_000; index += 1) {
      meter.count(keyOf(String(index)), 1, 1);
      meter.count(keyOf(String(index), `tenant ${index}`), 1, 1);
      if (index % 3_000 === 0) drain();
    }
    drain();
    expect([...seen.values()].reduce((sum, count) => sum + count)).toBe(20_000);
    // One key of each tenant without a place among the callers, and of no tenant and of the other tenants.
    expect(seen.size).toBeLessThanOrEqual(CALLERS_MAX + TENANTS_MAX + 2);
    expect(seen.get(" other")).toBeGreaterThan(0);
    expect(seen.get(`tenant ${TENANTS_MAX - 1} other`)).toBe(1);
    expect(seen.get("\0other other")).toBe(10_000 - TENANTS_MAX);
    expect(seen.get(" key:1")).toBe(1);
  });

  it("COST-4: midnight and a clock that was set back: each request is of the day in which it ended", () => {
    const meter = new UsageMeter(clock);
    nowMs = startOf("2026-12-01") - 1;
    meter.count(undefined, 1, 1);
    nowMs += 1;
    meter.count(undefined, 2, 2);
    nowMs -= 1;
    meter.count(undefined, 3, 3);
    const days = meter.drain().map(({ day, callers }) => [day, callers[0]!.requests, callers[0]!.bytesIn]);
    expect(days).toEqual([
      ["2026-11-30", 2, 4],
      ["2026-12-01", 1, 2],
    ]);
  });

  it("COST-4: restored usage is counted again once, on its day", () => {
    const meter = new UsageMeter(clock);
    meter.count(undefined, 1, 1);
    const drained = meter.drain();
    nowMs += DAY_MS;
    meter.restore(drained);
    meter.count(undefined, 1, 1);
    expect(meter.drain().map(({ day, callers }) => [day, callers[0]!.requests])).toEqual([
      [DAY, 1],
      ["2026-11-26", 1],
    ]);
  });
});

const NO_USAGE = { requests: 0n, bytesIn: 0n, bytesOut: 0n, cpuMicros: 0n, storedBytes: 0n, gasWei: 0n };

it("COST-3: the cost of each item, rounded down to millionths", () => {
  const usage = {
    requests: 3n,
    bytesIn: 10n ** 9n,
    bytesOut: 2n * 10n ** 9n,
    cpuMicros: 3_600_000_000n,
    storedBytes: 10n ** 10n,
    gasWei: 10n ** 15n,
  };
  const cost = costOf(usage, { ...PRICES, millionRequests: "0.5", gigabyte: "0.09" }, DAY);
  // 3 requests cost 1.5 millionths; November has 30 days.
  expect(cost).toEqual({
    cpu: 360_000n,
    requests: 1n,
    transfer: 270_000n,
    storage: 1_000_000n,
    gas: 2_000_000n,
  });
  expect(totalOf(cost)).toBe(3_630_001n);
  expect(costOf({ ...NO_USAGE, storedBytes: 28n * 10n ** 9n }, PRICES, "2027-02-01").storage).toBe(
    3_000_000n,
  );
  const huge = { ...NO_USAGE, gasWei: 10n ** 60n };
  expect(costOf(huge, PRICES, DAY).gas).toBe(2_000n * 10n ** 48n);
});

it("COST-5: projects a month from its days so far", () => {
  expect(projectedOf(10n, "2026-11-01")).toBe(300n);
  expect(projectedOf(300n, "2026-11-30")).toBe(300n);
  expect(projectedOf(28n, "2027-02-14")).toBe(56n);
});

const SAMPLE = { day: DAY, sampledMs: NOON, prices: PRICES, cpuMicros: 0, storedBytes: 0, usedBytes: 0 };
const callerOf = (tenant: string, key: string) => ({ tenant, key, requests: 1, bytesIn: 1, bytesOut: 1 });

describeDatabases("costs", (under) => {
  costSuite(open);

  async function open(schema: string): Promise<UsageStore> {
    const masters = [new Uint8Array(32).fill(1)];
    const ports = { database: under.database(), masterKeys: () => masters, random: SILENT.random };
    return openDatabaseUsage(under.database(), schema, await openAtRest({ schema: `${schema}_rest` }, ports));
  }

  it("COST-4: tenants' names are stored encrypted, and removed with their usage", async () => {
    const store = await open("cost_tenants");
    const callers = [
      callerOf("carol-canary", "key:1"),
      callerOf("other", "key:2"),
      callerOf("\0other", "other"),
    ];
    await store.add({ day: DAY, callers }, SAMPLE);
    const tenants = async () =>
      (await under.database().query("SELECT t::text AS text FROM cost_tenants.tenants t")).rows;
    expect(await tenants()).toHaveLength(2);
    expect(JSON.stringify(await tenants())).not.toContain("canary");
    const next = "2026-11-26";
    await store.add({ day: next, callers: [callerOf("bob", "key:3")] }, { ...SAMPLE, day: next });
    await store.sweep(next);
    expect(await tenants()).toHaveLength(1);
  });
});

describe("costs in memory", () => {
  const opened = new Map<string, UsageStore>();
  costSuite(async (name) => {
    const store = opened.get(name) ?? createFileUsage(createMemoryFiles(), silentLog);
    opened.set(name, store);
    return store;
  });
});
