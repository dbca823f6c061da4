import { silentLog } from "@trellis/base";
import { beforeEach, expect, it } from "vitest";
import type { Principal } from "../../auth/Principal.ts";
import { dbErrors } from "../../db/errors.ts";
import type { Notification } from "../../notify/Notification.ts";
import { type CostOptions, type CostPorts, CostWatch, KEPT_DAYS } from "../CostWatch.ts";
import { DAY_MS, startOf } from "../day.ts";
import { costOf } from "../prices.ts";
import { UsageMeter } from "../UsageMeter.ts";
import type { Grouping, UsageStore } from "../UsageStore.ts";

export const DAY = "2026-11-25";
const NOON = startOf(DAY) + DAY_MS / 2;
export const PRICES = {
  currency: "EUR",
  cpuHour: "0.36",
  millionRequests: "1000000",
  gigabyte: "0",
  gigabyteMonth: "3",
  gasToken: "2000",
};

let nowMs = NOON;
const clock = { nowMs: () => nowMs };

export function keyOf(id: string, customerId?: string): Principal {
  return { id: `key:${id}`, kind: "apiKey", role: "customer", customerId, scopes: "all" };
}

let store: UsageStore;
let notified: Notification[];
let options: CostOptions;
let cpu: number;
let count = 0;

/** @param open returns the same store at each call with the same name */
export function costSuite(open: (name: string) => Promise<UsageStore>): void {
  beforeEach(async () => {
    store = await open(`cost_${count++}`);
    nowMs = NOON;
    [notified, cpu] = [[], 0];
    options = { service: "reserves", prices: PRICES, budgets: [], thresholds: [50, 80, 100] };
  });

  addedUsage();
  readUsage();
  keptUsage();
  reports();
  budgets();
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

const read = (by: Grouping, tenant?: string) =>
  store.read({ from: "2026-01-01", to: "2027-12-31", by, tenant, limit: 10_000 });
const requestsOf = async (by: Grouping, tenant?: string) =>
  (await read(by, tenant)).map((row) => [row.day, row.tenant, row.key, row.usage.requests]);

function addedUsage(): void {
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
}

function readUsage(): void {
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

  it("COST-4: keys, and tenants named other or with quotes, stay apart", async () => {
    const { meter, watch } = worker();
    const tenants = ["other", "\0other", "a b", 'a","b', "🦀"];
    for (const tenant of tenants) meter.count(keyOf("1", tenant), 1, 1);
    meter.count(keyOf("1"), 1, 1);
    meter.count(keyOf("2", "other"), 1, 1);
    await watch.flush();
    expect((await requestsOf("key", "other")).map(([, , key]) => key)).toEqual(["key:1", "key:2"]);
    expect(await requestsOf("key", "a b")).toEqual([[DAY, "a b", "key:1", 1n]]);
    expect(await read("tenant", "nobody")).toEqual([]);
    const names = (await read("tenant")).map(({ tenant }) => tenant);
    const shown = [undefined, "other", "other", "a b", 'a","b', "🦀"];
    expect(names.toSorted()).toEqual(shown.toSorted());
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
}

function keptUsage(): void {
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

  it("COST-4: counts of another day are added there, and change neither its prices nor its space", async () => {
    const { meter, watch } = worker();
    meter.count(keyOf("1"), 1, 1);
    await watch.flush();
    const [before] = await read("service");
    meter.count(keyOf("1"), 1, 1);
    nowMs += DAY_MS;
    options = { ...options, prices: { ...PRICES, cpuHour: "7" } };
    cpu += 1_000;
    await watch.flush();
    const [former, today] = await read("service");
    expect(former).toEqual({
      ...before,
      usage: { ...before!.usage, requests: 2n, bytesIn: 2n, bytesOut: 2n },
    });
    expect([today!.prices.cpuHour, today!.usage.cpuMicros, today!.usage.requests]).toEqual(["7", 1_000n, 0n]);
  });

  it("COST-4: removes usage after two years", async () => {
    const { meter, watch } = worker();
    meter.count(keyOf("1", "alice"), 1, 1);
    await watch.look();
    const all = async () =>
      (await store.read({ from: "2026-01-01", to: "2030-01-01", by: "key", limit: 9 })).map(({ key }) => key);
    nowMs += KEPT_DAYS * DAY_MS;
    meter.count(keyOf("2", "bob"), 1, 1);
    await watch.look();
    expect(await all()).toEqual(["key:1", "key:2"]);
    nowMs += DAY_MS;
    await watch.look();
    expect(await all()).toEqual(["key:2"]);
  });
}

function reports(): void {
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
}

function budgets(): void {
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
}
