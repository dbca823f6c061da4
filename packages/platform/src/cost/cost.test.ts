import { silentLog } from "@trellis/base";
import { describeDatabases, SILENT } from "@trellis/kit/databases";
import { beforeEach, describe, expect, it } from "vitest";
import { openAtRest } from "../atRest/index.ts";
import type { Principal } from "../auth/Principal.ts";
import { dbErrors } from "../db/errors.ts";
import type { Notification } from "../notify/Notification.ts";
import { projectedOf } from "./budgets.ts";
import { type CostOptions, type CostPorts, CostWatch, KEPT_DAYS } from "./CostWatch.ts";
import { DAY_MS, startOf } from "./day.ts";
import { openUsageStore, type UsageStore } from "./openUsageStore.ts";
import { costOf, totalOf } from "./prices.ts";
import { CALLERS_MAX, TENANTS_MAX, UsageMeter } from "./UsageMeter.ts";

const DAY = "2026-11-25";
const NOON = startOf(DAY) + DAY_MS / 2;
const PRICES = {
  currency: "EUR",
  cpuHour: "0.36",
  millionRequests: "1000000",
  gigabyte: "0",
  gigabyteMonth: "3",
  gasToken: "2000",
};

let nowMs = NOON;
const clock = { nowMs: () => nowMs };
beforeEach(() => {
  nowMs = NOON;
});

function keyOf(id: string, customerId?: string): Principal {
  return { id: `key:${id}`, kind: "apiKey", role: "customer", customerId, scopes: "all" };
}

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

describeDatabases("costs", (under) => {
  let count = 0;
  let schema: string;
  let store: UsageStore;
  let notified: Notification[];
  let options: CostOptions;
  let cpu: number;
  beforeEach(async () => {
    schema = `cost_${count++}`;
    store = await openStore();
    [notified, cpu] = [[], 0];
    options = { service: "reserves", prices: PRICES, budgets: [], thresholds: [50, 80, 100] };
  });

  async function openStore(): Promise<UsageStore> {
    const masters = [new Uint8Array(32).fill(1)];
    const ports = { database: under.database(), masterKeys: () => masters, random: SILENT.random };
    return openUsageStore(under.database(), schema, await openAtRest({ schema: `${schema}_rest` }, ports));
  }

  function worker(changed: Partial<CostPorts> = {}) {
    const meter = new UsageMeter(clock);
    const watch = new CostWatch({
      options: () => options,
      meter,
      store,
      cpuMicros: () => cpu,
      space: async () => ({ storedBytes: 1_000, usedBytes: 5_000, capacityBytes: 10_000 }),
      gasWei: undefined,
      notify: async (notification) => void notified.push(notification),
      metrics: { show: () => {} },
      clock,
      log: silentLog,
      ...changed,
    });
    return { meter, watch };
  }

  const read = (by: "service" | "tenant" | "key", tenant?: string) =>
    store.read({ from: "2026-01-01", to: "2027-12-31", by, tenant, limit: 10_000 });
  const requestsOf = async (by: "service" | "tenant" | "key", tenant?: string) =>
    (await read(by, tenant)).map((row) => [row.day, row.tenant, row.key, row.usage.requests]);

  it("COST-4: several workers add to the same rows, also at the same time", async () => {
    const workers = [1, 2, 3, 4].map(() => worker());
    for (let round = 0; round < 5; round += 1) {
      for (const { meter } of workers)
        for (let key = 0; key < 40; key += 1) meter.count(keyOf(String(key), `t${key % 7}`), 1, 10);
      cpu += 1_000;
      await Promise.all(workers.map(({ watch }) => watch.flush()));
    }
    const [day] = await read("service");
    expect(day!.usage).toEqual({
      requests: 800n,
      bytesIn: 800n,
      bytesOut: 8_000n,
      cpuMicros: 20_000n,
      storedBytes: 1_000n,
      gasWei: 0n,
    });
    const keys = await read("key");
    expect(keys).toHaveLength(40);
    expect(new Set(keys.map(({ usage }) => usage.requests))).toEqual(new Set([20n]));
    expect((await read("tenant", "t0")).map(({ usage }) => usage.requests)).toEqual([120n]);
  });

  it("COST-4: usage that could not be written is written later, once", async () => {
    let isDown = true;
    const add = store.add.bind(store);
    store.add = async (...given) => {
      if (isDown) throw dbErrors.DB_CONNECTION_LOST({});
      return add(...given);
    };
    const { meter, watch } = worker();
    meter.count(keyOf("1"), 1, 1);
    cpu = 500;
    await expect(watch.flush()).rejects.toThrowError(expect.objectContaining({ code: "DB_CONNECTION_LOST" }));
    meter.count(keyOf("1"), 1, 1);
    isDown = false;
    await watch.flush();
    await watch.flush();
    const [day] = await read("service");
    expect(day!.usage).toMatchObject({ requests: 2n, cpuMicros: 500n });
  });

  it("COST-4: usage before midnight stays on its day, even if it is written later", async () => {
    const { meter, watch } = worker();
    nowMs = startOf("2026-12-01") - 1;
    meter.count(keyOf("1", "alice"), 1, 1);
    nowMs += 2;
    meter.count(keyOf("1", "alice"), 1, 1);
    await watch.flush();
    expect(await requestsOf("service")).toEqual([
      ["2026-11-30", undefined, undefined, 1n],
      ["2026-12-01", undefined, undefined, 1n],
    ]);
    expect(await requestsOf("key")).toEqual([
      ["2026-11-30", "alice", "key:1", 1n],
      ["2026-12-01", "alice", "key:1", 1n],
    ]);
  });

  it("COST-3: a new price applies to its day and later ones; former days keep theirs", async () => {
    const { meter, watch } = worker();
    const pay = async (price: string): Promise<void> => {
      options = { ...options, prices: { ...PRICES, millionRequests: price, gigabyteMonth: "0" } };
      meter.count(keyOf("1"), 0, 0);
      await watch.flush();
    };
    await pay("1000000");
    nowMs += DAY_MS;
    await pay("1000000");
    await pay("3000000");
    const costs = (await read("key")).map(({ usage, prices, day }) => costOf(usage, prices, day).requests);
    // On the day of the change, the whole day has the new price.
    expect(costs).toEqual([1_000_000n, 6_000_000n]);
  });

  it("COST-4: a tenant's name is stored encrypted; a customer named other is not the others", async () => {
    const { meter, watch } = worker();
    meter.count(keyOf("1", "carol-canary"), 1, 1);
    meter.count(keyOf("2", "other"), 1, 1);
    meter.count(keyOf("3", "\0other"), 5, 5);
    await watch.flush();
    const { rows } = await under.database().query(`SELECT t::text AS text FROM ${schema}.tenants t`);
    expect(rows).toHaveLength(2);
    expect(JSON.stringify(rows)).not.toContain("canary");
    expect((await requestsOf("key", "other")).map(([, , key]) => key)).toEqual(["key:2"]);
    expect(await requestsOf("key", "carol-canary")).toEqual([[DAY, "carol-canary", "key:1", 1n]]);
    expect(await read("key", "nobody")).toEqual([]);
  });

  it("pages continue after a position", async () => {
    const { meter, watch } = worker();
    for (let key = 0; key < 25; key += 1) meter.count(keyOf(String(key), `t${key}`), 1, 1);
    await watch.flush();
    const seen: string[] = [];
    for (let after: string | undefined; ; ) {
      const page = await store.read({ from: DAY, to: DAY, by: "key", after, limit: 10 });
      if (page.length === 0) break;
      seen.push(...page.map(({ key = "" }) => key));
      after = page.at(-1)!.position;
    }
    expect(new Set(seen).size).toBe(25);
    expect(seen).toHaveLength(25);
  });

  it("COST-7: gas of a day replaces what was read before, and is read again the day after", async () => {
    let paid = 5n;
    const asked: number[][] = [];
    const gasWei = async (fromMs: number, toMs: number): Promise<bigint> => {
      asked.push([fromMs, toMs]);
      return fromMs === startOf(DAY) ? paid : 0n;
    };
    const { watch } = worker({ gasWei });
    await watch.look();
    await watch.look();
    expect((await read("service")).map(({ usage }) => usage.gasWei)).toEqual([5n]);
    expect(asked.at(-1)).toEqual([startOf(DAY), startOf("2026-11-26")]);
    nowMs += DAY_MS;
    paid = 7n * 10n ** 30n;
    await watch.look();
    expect((await read("service")).map(({ usage }) => usage.gasWei)).toEqual([paid, 0n]);
  });

  it("COST-5: each threshold of a budget is notified once a month, across restarts and workers", async () => {
    options = {
      ...options,
      prices: { ...PRICES, gigabyteMonth: "0" },
      budgets: [
        { name: "all", month: "10" },
        { name: "alice", tenant: "alice", month: "4" },
      ],
    };
    const { meter, watch } = worker();
    const spend = async (requests: number, tenant?: string): Promise<void> => {
      for (let one = 0; one < requests; one += 1) meter.count(keyOf("1", tenant), 0, 0);
      await watch.look();
    };
    await spend(4);
    expect(notified).toEqual([]);
    await spend(1);
    expect(notified.map(({ subject, severity }) => [subject, severity])).toEqual([
      ["Budget all of reserves: 50 % spent", "warning"],
    ]);
    expect(notified[0]!.text).toBe(
      "5.00 of 10 EUR are spent this month. At this rate, the month costs 6.00 EUR.",
    );
    await worker().watch.look();
    // Skips the notification of 80 %.
    await spend(5);
    expect(notified.map(({ subject }) => subject).slice(1)).toEqual(["Budget all of reserves: 100 % spent"]);
    await spend(2, "alice");
    await spend(2, "alice");
    expect(notified.map(({ subject }) => subject).slice(2)).toEqual([
      "Budget alice of reserves: 50 % spent",
      "Budget alice of reserves: 100 % spent",
    ]);
    nowMs = startOf("2026-12-01") + 1;
    await spend(4);
    expect(notified).toHaveLength(4);
    await spend(1);
    expect(notified.slice(4).map(({ subject }) => subject)).toEqual(["Budget all of reserves: 50 % spent"]);
  });

  it("COST-5: a notification that failed is sent later", async () => {
    options = {
      ...options,
      prices: { ...PRICES, gigabyteMonth: "0" },
      budgets: [{ name: "all", month: "1" }],
    };
    let isDown = true;
    const notify = async (notification: Notification): Promise<void> => {
      if (isDown) throw dbErrors.DB_CONNECTION_LOST({});
      notified.push(notification);
    };
    const { meter, watch } = worker({ notify });
    meter.count(undefined, 0, 0);
    await expect(watch.look()).rejects.toThrowError();
    isDown = false;
    await watch.look();
    await watch.look();
    expect(notified).toHaveLength(1);
  });

  it("COST-5: reports a day once after it ended, also after the service was stopped", async () => {
    const { meter, watch } = worker();
    meter.count(undefined, 0, 0);
    await watch.look();
    nowMs = startOf("2026-11-26") + 299_999;
    await watch.look();
    expect(notified).toEqual([]);
    nowMs += 1;
    await watch.look();
    await worker().watch.look();
    expect(notified).toHaveLength(1);
    expect(notified[0]).toMatchObject({
      kind: "cost.report",
      severity: "info",
      subject: "Cost of reserves on 2026-11-25: 1.00 EUR",
      dedupeKey: "cost.report reserves 2026-11-25",
    });
    expect(notified[0]!.text).toContain("requests: 1.00 EUR");
    nowMs += 3 * DAY_MS;
    await worker().watch.look();
    expect(notified.map(({ dedupeKey }) => dedupeKey).slice(1)).toEqual(["cost.report reserves 2026-11-26"]);
  });

  it("COST-6: forecasts from one sample a day, and ignores those after a clock was set back", async () => {
    let usedBytes = 1_000;
    const space = async () => ({ storedBytes: 1, usedBytes, capacityBytes: 10_000 });
    const { watch } = worker({ space });
    await watch.look();
    for (const used of [2_000, 3_000]) {
      expect((await watch.forecast()).storage.trend).toBe("unknown");
      usedBytes = used;
      nowMs += DAY_MS;
      await watch.look();
    }
    const storage = { trend: "growing", bytesPerDay: 1_000, fullAtMs: nowMs + 7 * DAY_MS };
    expect((await watch.forecast()).storage).toEqual(storage);
    const trueMs = nowMs;
    nowMs += 400 * DAY_MS;
    usedBytes = 9_999;
    await watch.flush();
    nowMs = trueMs;
    usedBytes = 3_000;
    await watch.look();
    expect((await watch.forecast()).storage).toEqual(storage);
  });

  it("COST-4: removes usage after two years, with the names of its tenants", async () => {
    const { meter, watch } = worker();
    meter.count(keyOf("1", "alice"), 1, 1);
    await watch.look();
    nowMs += KEPT_DAYS * DAY_MS;
    meter.count(keyOf("2", "bob"), 1, 1);
    await watch.look();
    nowMs += DAY_MS;
    await watch.look();
    expect((await requestsOf("key")).map(([, tenant]) => tenant)).toEqual([]);
    const { rows } = await under.database().query(`SELECT count(*)::int AS count FROM ${schema}.tenants`);
    expect(rows).toEqual([{ count: 1 }]);
  });
});
