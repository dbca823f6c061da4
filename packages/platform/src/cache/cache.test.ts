import { silentLog } from "@trellis/base";
import { startRedis } from "@trellis/kit";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../system/index.ts";
import { type Cache, createMemoryCache, openRedisCache } from "./index.ts";

const code = (name: string) => expect.objectContaining({ code: name });
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** What every cache does. */
function describeCache(name: string, open: () => Promise<Cache>): void {
  describe(name, () => {
    let cache: Cache;
    beforeEach(async () => {
      cache = await open();
    });
    afterEach(() => cache.close());

    it("keeps bytes as they are, and copies of them", async () => {
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

    it("forgets after its time", async () => {
      await cache.set("a", bytes("x"), 40);
      expect(await cache.get("a")).toBeDefined();
      await new Promise((resolve) => setTimeout(resolve, 60));
      expect(await cache.get("a")).toBeUndefined();
    });

    it("deletes what begins alike, and nothing else", async () => {
      const kept = ["snapshot/2/a", "snapshot/10/a", "xsnapshot/1/a", "snapshot/1*"];
      for (const key of [...kept, "snapshot/1/a", "snapshot/1/b"]) await cache.set(key, bytes(key), 10_000);
      await cache.deletePrefix("snapshot/1/");
      for (const key of kept) expect(await cache.get(key), key).toEqual(bytes(key));
      expect(await cache.get("snapshot/1/a")).toBeUndefined();
      await cache.deletePrefix("snapshot/1*");
      expect(await cache.get("snapshot/10/a")).toBeDefined();
      expect(await cache.get("snapshot/1*")).toBeUndefined();
    });

    it.each(["", "a b", "a\r\nFLUSHALL\r\n", "é", "x".repeat(257)])("CACHE_KEY_INVALID: %j", async (key) => {
      await expect(cache.get(key)).rejects.toThrowError(code("CACHE_KEY_INVALID"));
      await expect(cache.set(key, bytes(""), 1)).rejects.toThrowError(code("CACHE_KEY_INVALID"));
    });

    it.each([0, -1, 1.5, Number.NaN])("CACHE_KEY_INVALID: lifetime %d", async (lifetimeMs) => {
      await expect(cache.set("a", bytes(""), lifetimeMs)).rejects.toThrowError(code("CACHE_KEY_INVALID"));
    });
  });
}

describeCache("cache in memory", async () =>
  createMemoryCache({ bytesMax: 1 << 20 }, { clock: systemClock }),
);

describe("cache in memory", () => {
  it("holds no more bytes than it may", async () => {
    const cache = createMemoryCache({ bytesMax: 10_000 }, { clock: systemClock });
    for (let key = 0; key < 5_000; key += 1) await cache.set(`k${key}`, new Uint8Array(1_000), 10_000);
    let held = 0;
    for (let key = 0; key < 5_000; key += 1) if ((await cache.get(`k${key}`)) !== undefined) held += 1;
    expect(held).toBe(8);
    expect(await cache.get("k4999")).toBeDefined();
  });
});

const redis = await startRedis();
const isThere = "url" in redis;

describe.skipIf(!isThere)("cache in Redis", () => {
  const url = isThere ? redis.url : "";
  let opened = 0;
  describeCache("as every cache", () => openRedisCache({ url, prefix: `t${opened++}/` }, { log: silentLog }));
  afterAll(async () => {
    if (isThere) await redis.stop();
  });

  it("two prefixes do not see each other", async () => {
    const [one, other] = await Promise.all(
      ["one/", "other/"].map((prefix) => openRedisCache({ url, prefix }, { log: silentLog })),
    );
    await one!.set("a", bytes("x"), 10_000);
    expect(await other!.get("a")).toBeUndefined();
    await other!.deletePrefix("a");
    expect(await one!.get("a")).toBeDefined();
    await Promise.all([one!.close(), other!.close()]);
  });
});

describe("cache in Redis that is gone", () => {
  it("CACHE_UNAVAILABLE", async () => {
    const opening = openRedisCache({ url: "redis://127.0.0.1:1", prefix: "a" }, { log: silentLog });
    await expect(opening).rejects.toThrowError(code("CACHE_UNAVAILABLE"));
  });
});
