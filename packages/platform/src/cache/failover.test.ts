import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { isTrellisError, silentLog } from "@trellis/base";
import { startRedis, startRedisPair } from "@trellis/kit";
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

  it("connects again if a new primary is announced while it looks for the primary", async () => {
    const primary = await startRedis();
    if ("reason" in primary) throw new Error(primary.reason);
    const sentinel = await startAnnouncingSentinel(primary.url);
    const redis = await openRedis({ url: sentinel.url, prefix: "test/" }, { log: silentLog });
    const cache = createRedisCache(redis);
    await sentinel.isWatched;
    await redis
      .ask((client) => client.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "no"))
      .catch(() => {});
    const reading = (): Promise<string> =>
      cache.get("nothing").then(
        () => "read",
        () => "failed",
      );
    await sentinel.isSearched;
    await expect.poll(reading).toBe("read");
    await redis.close();
    await sentinel.stop();
    await primary.stop();
  });
});

function push(kind: string, channel: string, last: string): string {
  return `>3\r\n+${kind}\r\n+${channel}\r\n${last}\r\n`;
}

/** Announces a new primary as soon as it is asked for the primary the second time. */
async function startAnnouncingSentinel(primaryUrl: string) {
  const { port } = new URL(primaryUrl);
  const watched = Promise.withResolvers<void>();
  const searched = Promise.withResolvers<void>();
  const sockets = new Set<Socket>();
  let watcher: Socket | undefined;
  let questions = 0;
  const replyTo = async (command: string, socket: Socket): Promise<string> => {
    if (command.includes("hello")) return "%0\r\n";
    if (command.includes("subscribe")) {
      watcher = socket;
      watched.resolve();
      return push("subscribe", "+switch-master", ":1");
    }
    if (!command.includes("get-master-addr-by-name")) return "+OK\r\n";
    if (++questions === 2) {
      watcher!.write(push("message", "+switch-master", "+"));
      await pause(200);
      searched.resolve();
    }
    return `*2\r\n+127.0.0.1\r\n+${port}\r\n`;
  };
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("data", async (bytes) => {
      for (const [command] of bytes.toString().matchAll(/\*\d+\r\n(?:\$\d+\r\n.*\r\n)+/g))
        socket.write(await replyTo(command, socket));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `redis+sentinel://127.0.0.1:${(server.address() as AddressInfo).port}/trellis`,
    isWatched: watched.promise,
    isSearched: searched.promise,
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

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
