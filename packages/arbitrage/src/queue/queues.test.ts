import { silentLog } from "@trellis/base";
import { startRedis } from "@trellis/kit";
import { describeDatabases } from "@trellis/kit/databases";
import { openRedis, type SharedRedis } from "@trellis/platform/cache";
import { afterAll, describe, expect, it } from "vitest";
import { createMemoryQueue, openDatabaseQueue, openRedisQueue, type SharedJobs } from "./index.ts";
import { job, queueSuite } from "./testing/queueSuite.ts";

const LEASE_MS = 1_000;

queueSuite("memory", async () => {
  const jobs: SharedJobs = new Map();
  let nowMs = 0;
  return {
    worker: async (worker) => createMemoryQueue({ worker, leaseMs: LEASE_MS }, { nowMs: () => nowMs }, jobs),
    async expire() {
      nowMs += LEASE_MS;
    },
  };
});

let chains = 0;
describeDatabases("queue", (under) => {
  queueSuite("database", async () => {
    chains += 1;
    const chain = `chain ${chains}`;
    let nowMs = 0;
    return {
      worker: (worker) =>
        openDatabaseQueue(under.database(), chain, { worker, leaseMs: LEASE_MS }, { nowMs: () => nowMs }),
      async expire() {
        nowMs += LEASE_MS;
      },
    };
  });
});

const redis = await startRedis();
afterAll(async () => {
  if ("stop" in redis) await redis.stop();
});

describe.runIf("url" in redis)("Redis queue", () => {
  const opened: SharedRedis[] = [];
  afterAll(async () => {
    for (const shared of opened) await shared.close();
  });
  const connect = async (): Promise<SharedRedis> => {
    const shared = await openRedis(
      { url: "url" in redis ? redis.url : "", prefix: "test/" },
      { log: silentLog },
    );
    opened.push(shared);
    return shared;
  };
  const SHORT_MS = 40;

  queueSuite(
    "redis",
    async () => {
      chains += 1;
      const chain = `chain-${chains}`;
      return {
        worker: async (worker) => openRedisQueue(await connect(), chain, { worker, leaseMs: 60_000 }),
        async expire() {
          const shared = await connect();
          const stream = shared.nameOf(`arbitrage/${chain}/jobs`);
          await shared.ask(async (server) => {
            const pending = (await server.xpending(stream, "workers", "-", "+", 100)) as [string, string][];
            for (const [id, owner] of pending)
              await server.xclaim(stream, "workers", owner, 0, id, "IDLE", 120_000, "JUSTID");
          });
        },
      };
    },
    false,
  );

  it("QUEUE-3: a lease runs out by the server's time", async () => {
    const [one, two] = await Promise.all(
      ["one", "two"].map(async (worker) =>
        openRedisQueue(await connect(), "lease", { worker, leaseMs: SHORT_MS }),
      ),
    );
    await one!.offer([job(1)]);
    await one!.claim(10);
    const limit = Date.now() + 60_000;
    let taken = await two!.claim(10);
    while (taken === undefined && Date.now() < limit) taken = await two!.claim(10);
    expect(taken?.job.id).toBe("job-1");
  });

  it("QUEUE-1: continues with a server that lost its data", async () => {
    const shared = await connect();
    const [one, two] = await Promise.all(
      ["one", "two"].map((worker) => openRedisQueue(shared, "lost", { worker, leaseMs: 60_000 })),
    );
    const lose = () => shared.ask((server) => server.flushall());
    await one!.offer([job(1)]);
    const before = await one!.claim(10);
    await lose();
    expect(await one!.finish(before!)).toBe(false);
    await lose();
    await one!.pass(before!);
    await lose();
    await one!.offer([job(2)]);
    expect((await two!.claim(10))?.job.id).toBe("job-2");
    expect(await one!.claim(10)).toBeUndefined();
  });

  it("QUEUE-2: skips entries that no worker wrote", async () => {
    const shared = await connect();
    const queue = await openRedisQueue(shared, "garbage", { worker: "one", leaseMs: 60_000 });
    const stream = shared.nameOf("arbitrage/garbage/jobs");
    for (const text of ["", "{}", "[1]"]) await shared.ask((server) => server.xadd(stream, "*", "job", text));
    await shared.ask((server) => server.xadd(stream, "*", "other", "x"));
    await queue.offer([job(7)]);
    expect((await queue.claim(10))?.job.id).toBe("job-7");
  });
});
