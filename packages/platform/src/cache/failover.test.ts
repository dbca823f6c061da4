import { setTimeout as pause } from "node:timers/promises";
import { isTrellisError, silentLog } from "@trellis/base";
import { startRedisPair } from "@trellis/kit";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { createRedisCache, openRedis } from "./index.ts";
import { redisAddress } from "./redisAddress.ts";

const pair = await startRedisPair();

describe.skipIf("reason" in pair)("Redis with Sentinel", () => {
  if ("reason" in pair) return;
  afterAll(() => pair.stop());

  it("CACHE_UNAVAILABLE while no server is primary; then it continues on the promoted one", async () => {
    const redis = await openRedis({ url: pair.url, prefix: "test/" }, { log: silentLog });
    const cache = createRedisCache(redis);
    const value = Uint8Array.of(7);
    await expect
      .poll(() =>
        cache.set("before", value, 60_000).then(
          () => true,
          () => false,
        ),
      )
      .toBe(true);
    // Replication is asynchronous.
    await expect.poll(() => redis.ask((client) => client.wait(1, 1_000))).toBe(1);
    await pair.killPrimary();
    await expect(cache.get("before")).rejects.toMatchObject({ code: "CACHE_UNAVAILABLE" });
    const found = async (): Promise<Uint8Array | undefined> => {
      for (;;) {
        try {
          await cache.set("after", value, 60_000);
          return await cache.get("before");
        } catch (error) {
          if (!isTrellisError(error, "CACHE_UNAVAILABLE")) throw error;
          await pause(100);
        }
      }
    };
    expect(await found()).toEqual(value);
    await redis.close();
  });
});

describe("the address of Redis", () => {
  it("names one server, or Sentinels and the name of their primary", () => {
    expect(redisAddress("rediss://me:secret@a:1/2")).toEqual({
      url: "rediss://me:secret@a:1/2",
      options: {},
    });
    expect(redisAddress("redis+sentinel://a,[::1]:5/primary").options).toEqual({
      sentinels: [
        { host: "a", port: 26_379 },
        { host: "::1", port: 5 },
      ],
      name: "primary",
      db: 0,
    });
    expect(redisAddress("rediss+sentinel://me:p%40ss@a/primary/3").options).toMatchObject({
      db: 3,
      username: "me",
      password: "p@ss",
      sentinelPassword: "p@ss",
      enableTLSForSentinelMode: true,
    });
  });

  it("REDIS_URL_INVALID: for any other text", () => {
    const invalid = expect.objectContaining({ code: "REDIS_URL_INVALID" });
    const wrong = [
      "",
      "a:1",
      "http://a",
      "redis+sentinel://a",
      "redis+sentinel://a,,b/x",
      "redis+sentinel://%zz:%zz@a/x",
    ];
    for (const text of wrong) expect(() => redisAddress(text), text).toThrow(invalid);
    fc.assert(
      fc.property(fc.string(), fc.constantFrom("", "redis+sentinel://"), (text, head) => {
        try {
          redisAddress(head + text);
        } catch (error) {
          expect(error).toEqual(invalid);
        }
      }),
    );
  });
});
