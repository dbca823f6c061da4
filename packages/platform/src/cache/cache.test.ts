import { silentLog, silentMetrics } from "@trellis/base";
import { startRedis } from "@trellis/kit";
import { createGuard } from "@trellis/resilience";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createMemoryWindowCounters, createRateLimiter, type WindowCounters } from "../auth/rateLimit.ts";
import { createHttpLimits } from "../guard/createHttpLimits.ts";
import { type CounterStore, SharedLimits } from "../guard/SharedLimits.ts";
import { openTestGuard } from "../guard/testing/openTestGuard.ts";
import { TestTime } from "../http/testing/TestTime.ts";
import { systemClock } from "../system/index.ts";
import {
  type Cache,
  createMemoryCache,
  createRedisCache,
  createRedisCounterStore,
  openRedis,
  type SharedRedis,
} from "./index.ts";

const code = (name: string) => expect.objectContaining({ code: name });
const argumentInvalid = (rule: string) =>
  expect.objectContaining({ code: "ARGUMENT_INVALID", facts: expect.objectContaining({ rule }) });
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function describeCache(name: string, open: () => Promise<Cache>): void {
  describe(name, () => {
    let cache: Cache;
    beforeEach(async () => {
      cache = await open();
    });

    it("stores bytes unchanged, and returns copies", async () => {
      const value = Uint8Array.of(0, 255, 10);
      await cache.set("a", value, 10_000);
      value.fill(1);
      expect(await cache.get("a")).toEqual(Uint8Array.of(0, 255, 10));
      await cache.set("a", bytes(""), 10_000);
      expect(await cache.get("a")).toEqual(bytes(""));
      await cache.delete("a");
      await cache.delete("a");
      expect(await cache.get("a")).toBeUndefined();
    });

    it("expires entries", async () => {
      await cache.set("a", bytes("x"), 40);
      await cache.set("b", bytes("x"), 60_000);
      await expect.poll(() => cache.get("a")).toBeUndefined();
      expect(await cache.get("b")).toBeDefined();
    });

    it("deletes keys with a prefix, and nothing else", async () => {
      const kept = ["snapshot/2/a", "snapshot/10/a", "xsnapshot/1/a", "snapshot/1*"];
      for (const key of [...kept, "snapshot/1/a", "snapshot/1/b"]) await cache.set(key, bytes(key), 10_000);
      await cache.deletePrefix("snapshot/1/");
      for (const key of kept) expect(await cache.get(key), key).toEqual(bytes(key));
      expect(await cache.get("snapshot/1/a")).toBeUndefined();
      await cache.deletePrefix("snapshot/1*");
      expect(await cache.get("snapshot/10/a")).toBeDefined();
      expect(await cache.get("snapshot/1*")).toBeUndefined();
    });

    it.each([
      ["empty", ""],
      ["with a space", "a b"],
      ["with a command", "a\r\nFLUSHALL\r\n"],
      ["not ASCII", "é"],
      ["too long", "x".repeat(257)],
    ])("ARGUMENT_INVALID: a key, %s", async (_, key) => {
      const refusal = argumentInvalid("a cache key is 1 to 256 printable ASCII characters without spaces");
      await expect(cache.get(key)).rejects.toThrowError(refusal);
      await expect(cache.set(key, bytes(""), 1)).rejects.toThrowError(refusal);
    });

    it.each([0, -1, 1.5, Number.NaN])("ARGUMENT_INVALID: lifetime %d", async (lifetimeMs) => {
      const refusal = argumentInvalid("a lifetime is at least a millisecond");
      await expect(cache.set("a", bytes(""), lifetimeMs)).rejects.toThrowError(refusal);
    });
  });
}

describeCache("cache in memory", async () =>
  createMemoryCache({ bytesMax: 1 << 20 }, { clock: systemClock }),
);

describe("memory cache", () => {
  it("stays within its byte limit", async () => {
    const cache = createMemoryCache({ bytesMax: 10_000 }, { clock: systemClock });
    for (let key = 0; key < 5_000; key += 1) await cache.set(`k${key}`, new Uint8Array(1_000), 10_000);
    let held = 0;
    for (let key = 0; key < 5_000; key += 1) if ((await cache.get(`k${key}`)) !== undefined) held += 1;
    expect(held).toBe(8);
    expect(await cache.get("k4999")).toBeDefined();
  });
});

const UNGUARDED = createGuard(
  { name: "counters", timeoutMs: 5_000, retriesMax: 0 },
  { metrics: silentMetrics },
);

function describeCounters(name: string, open: () => WindowCounters): void {
  describe(name, () => {
    const WINDOW_MS = 60_000;

    it("adds up by key and window, and returns the previous window", async () => {
      const counters = open();
      expect(await counters.add("a", 7, 3, WINDOW_MS)).toEqual({ current: 3, previous: 0 });
      expect(await counters.add("a", 7, 2, WINDOW_MS)).toEqual({ current: 5, previous: 0 });
      expect(await counters.add("a", 7, -2, WINDOW_MS)).toEqual({ current: 3, previous: 0 });
      expect(await counters.add("b", 8, 1, WINDOW_MS)).toEqual({ current: 1, previous: 0 });
      expect(await counters.add("a", 8, 1, WINDOW_MS)).toEqual({ current: 1, previous: 3 });
      expect(await counters.add("a", 10, 1, WINDOW_MS)).toEqual({ current: 1, previous: 0 });
    });

    it("admits no more concurrent requests than the limit", async () => {
      const limiter = createRateLimiter(
        { cost: 10, windowMs: WINDOW_MS },
        { counters: open(), clock: new TestTime(WINDOW_MS * 1_000) },
      );
      const taken = await Promise.allSettled(Array.from({ length: 30 }, () => limiter.take("k", 1)));
      expect(taken.filter(({ status }) => status === "fulfilled").length).toBeLessThanOrEqual(10);
      expect(taken.some(({ status }) => status === "fulfilled")).toBe(true);
    });

    it.each([
      ["empty", ""],
      ["with a space", "a b"],
      ["with a command", "a\r\nFLUSHALL\r\n"],
      ["not ASCII", "é🙂"],
      ["long", "x".repeat(10_000)],
      ["a pattern", "*"],
      ["a zero", "\0"],
    ])("a key may be any text: %s", async (_, key) => {
      const counters = open();
      await counters.add(key, 1, 1, WINDOW_MS);
      expect(await counters.add(key, 1, 1, WINDOW_MS)).toEqual({ current: 2, previous: 0 });
    });
  });
}

describeCounters("counters in memory", () => createMemoryWindowCounters());

const redis = await startRedis();
const isThere = "url" in redis;

describe.skipIf(!isThere)("Redis cache", () => {
  const url = isThere ? redis.url : "";
  const opened: SharedRedis[] = [];
  const connect = async (prefix: string): Promise<SharedRedis> => {
    const shared = await openRedis({ url, prefix }, { log: silentLog });
    opened.push(shared);
    return shared;
  };
  let shared: SharedRedis;
  let count = 0;
  beforeAll(async () => {
    shared = await connect("counters/");
  });
  afterAll(async () => {
    for (const connection of opened) await connection.close();
    if (isThere) await redis.stop();
  });

  describeCache("cache, as every cache", async () => createRedisCache(await connect(`t${count++}/`)));

  describe("counters [GUARD-8]", () => {
    const WINDOW_MS = 60_000;
    const storeOf = (redisOf: SharedRedis, processId = "a"): CounterStore =>
      createRedisCounterStore(redisOf, { processId, guard: UNGUARDED });
    const open = (): CounterStore => {
      const own = `${count++}/`;
      return storeOf({ ...shared, nameOf: (key) => shared.nameOf(own + key) });
    };
    const total = async (store: CounterStore, cost: number, limit?: number, key = "k") => {
      const entry = limit === undefined ? { key, cost } : { key, cost, limit };
      return (await store.count([entry], WINDOW_MS)).totals[0]!;
    };

    it("adds up by key, refunds, and counts what fits only", async () => {
      const store = open();
      expect(await total(store, 3)).toEqual({ used: 3, isCounted: true, waitMs: 0 });
      expect(await total(store, -2)).toEqual({ used: 1, isCounted: true, waitMs: 0 });
      expect(await total(store, 9, 10)).toEqual({ used: 10, isCounted: true, waitMs: 0 });
      const { waitMs, ...refused } = await total(store, 1, 10);
      expect(refused).toEqual({ used: 10, isCounted: false });
      expect(waitMs).toBeGreaterThan(WINDOW_MS - 1_000);
      expect(waitMs).toBeLessThanOrEqual((WINDOW_MS * 17) / 16);
      expect(await total(store, 1, 10, "other")).toMatchObject({ used: 1, isCounted: true });
    });

    it("several keys in one exchange", async () => {
      const entries = [1, 2, 3].map((cost) => ({ key: `k${cost}`, cost }));
      const { totals, processes } = await open().count(entries, WINDOW_MS);
      expect(totals.map(({ used }) => used)).toEqual([1, 2, 3]);
      expect(processes).toBe(1);
    });

    it.each([
      ["empty", ""],
      ["with a space", "a b"],
      ["with a command", "a\r\nFLUSHALL\r\n"],
      ["not ASCII", "é🙂"],
      ["long", "x".repeat(10_000)],
      ["a pattern", "*"],
      ["a zero", "\0"],
    ])("a key may be any text: %s", async (_, key) => {
      const store = open();
      await total(store, 1, undefined, key);
      expect(await total(store, 1, undefined, key)).toMatchObject({ used: 2 });
    });

    it("are shared by all connections and processes, and expire", async () => {
      const [one, other] = [storeOf(await connect("shared/"), "a"), storeOf(await connect("shared/"), "b")];
      await one.count([{ key: "k", cost: 4 }], 200);
      const { totals, processes } = await other.count([{ key: "k", cost: 1 }], 200);
      expect([totals[0]!.used, processes]).toEqual([5, 2]);
      await expect.poll(() => shared.ask((client) => client.keys("shared/*"))).toHaveLength(1);
    });
  });

  it("two prefixes are separate", async () => {
    const [one, other] = [createRedisCache(await connect("one/")), createRedisCache(await connect("other/"))];
    await one.set("a", bytes("x"), 10_000);
    expect(await other.get("a")).toBeUndefined();
    await other.deletePrefix("a");
    expect(await one.get("a")).toBeDefined();
  });
});

describe("unreachable Redis", () => {
  it.each(["postgres://u:secret@127.0.0.1/db", "127.0.0.1:6379", "/tmp/socket", ""])(
    "REDIS_URL_INVALID, without a part that may contain a password: %s",
    async (url) => {
      const opening = openRedis({ url, prefix: "a" }, { log: silentLog });
      const error: unknown = await opening.catch((caught: unknown) => caught);
      expect(error).toMatchObject({ code: "REDIS_URL_INVALID", facts: {} });
    },
  );

  it("CACHE_UNAVAILABLE: at once, and logged once", async () => {
    const told: string[] = [];
    const log = { ...silentLog, warn: (event: string) => told.push(event) };
    const gone = await openRedis({ url: "redis://127.0.0.1:1", prefix: "a" }, { log });
    await expect(createRedisCache(gone).get("k")).rejects.toThrowError(code("CACHE_UNAVAILABLE"));
    await new Promise((resolve) => setTimeout(resolve, 200));
    await expect(createRedisCache(gone).get("k")).rejects.toThrowError(code("CACHE_UNAVAILABLE"));
    expect(told).toHaveLength(1);
    await gone.close();
  });

  it("limits continue with the process's share", async () => {
    const gone = await openRedis({ url: "redis://127.0.0.1:1", prefix: "a" }, { log: silentLog });
    const guard = createGuard(
      { name: "test", timeoutMs: 100, retriesMax: 0, isPassing: () => true },
      { metrics: silentMetrics },
    );
    const store = createRedisCounterStore(gone, { processId: "a", guard });
    const time = new TestTime();
    const shared = new SharedLimits(60_000, { store, clock: time, scheduler: time, log: silentLog });
    const { guard: limiting } = openTestGuard({ limits: { perAddress: 4 }, shared });
    const { perIp } = createHttpLimits(limiting, { shared, scheduler: time });
    await perIp.take("203.0.113.7", 1);
    await perIp.take("203.0.113.7", 1);
    await expect(perIp.take("203.0.113.7", 1)).rejects.toThrowError(code("RATE_LIMITED"));
    shared.close();
    await gone.close();
  });
});
