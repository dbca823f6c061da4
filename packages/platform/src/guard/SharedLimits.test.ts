import { silentLog, silentMetrics } from "@trellis/base";
import { startRedis } from "@trellis/kit";
import { createGuard as createResilience } from "@trellis/resilience";
import { afterAll, describe, expect, it } from "vitest";
import { createRedisCounterStore, openRedis, type SharedRedis } from "../cache/index.ts";
import { systemScheduler, systemSteadyClock } from "../system/index.ts";
import type { Caller } from "./Caller.ts";
import { createHttpLimits } from "./createHttpLimits.ts";
import { createSharedNonceStore } from "./createNonceStore.ts";
import { type CounterStore, SharedLimits } from "./SharedLimits.ts";
import { openTestGuard } from "./testing/openTestGuard.ts";

const redis = await startRedis();
const opened: SharedRedis[] = [];
afterAll(async () => {
  for (const one of opened) await one.close();
  if ("url" in redis) await redis.stop();
});

const CLIENT = "203.0.113.7";
const GUARD = {
  name: "t",
  timeoutMs: 500,
  retriesMax: 0,
  breaker: { failures: 3, openMs: 100 },
  isPassing: () => true,
};

async function storeOf(processId: string, prefix: string): Promise<CounterStore> {
  if (!("url" in redis)) throw new Error("no Redis");
  const shared = await openRedis({ url: redis.url, prefix }, { log: silentLog });
  opened.push(shared);
  return createRedisCounterStore(shared, {
    processId,
    guard: createResilience(GUARD, { metrics: silentMetrics }),
  });
}

function processOf(store: CounterStore, limit: number) {
  const ports = { clock: systemSteadyClock, scheduler: systemScheduler, log: silentLog };
  const shared = new SharedLimits(60_000, { store, ...ports });
  const { guard } = openTestGuard({ limits: { perAddress: limit, perPrincipal: limit }, shared });
  const caller = guard.identify({ peer: CLIENT, headers: {} }) as Caller;
  return { shared, guard, caller, http: createHttpLimits(guard, { shared, scheduler: systemScheduler }) };
}

describe.skipIf(!("url" in redis))("limits of several processes [GUARD-8]", () => {
  it("each nonce of a signed request counts in one process [GUARD-15]", async () => {
    const stores = await Promise.all(["a", "b"].map((id) => storeOf(id, "nonces/")));
    const used = stores.map((store) => createSharedNonceStore(store).use("backend", "nonce", 0));
    expect((await Promise.all(used)).toSorted()).toEqual([false, true]);
    expect(await createSharedNonceStore(stores[0]!).use("other", "nonce", 0)).toBe(true);
  });

  it("REST: exactly one limit, also for concurrent requests", async () => {
    const both = await Promise.all(["a", "b"].map((id) => storeOf(id, "rest/")));
    const [first, second] = both.map((store) => processOf(store, 30));
    const answers = await Promise.allSettled(
      Array.from({ length: 60 }, (_, n) => (n % 2 ? first! : second!).http.perIp.take(CLIENT, 1)),
    );
    expect(answers.filter(({ status }) => status === "fulfilled")).toHaveLength(30);
    await expect(first!.http.perIp.take(`::ffff:${CLIENT}`, 1)).rejects.toMatchObject({
      code: "RATE_LIMITED",
      facts: { limit: 30, retryAfterS: expect.any(Number) },
    });
    expect(await first!.http.perIp.take("203.0.113.8", 1)).toEqual({ limit: 30, remaining: 29, resetS: 60 });
  });

  it("JSON-RPC: another process's cost counts within a moment", async () => {
    const both = await Promise.all(["a", "b"].map((id) => storeOf(id, "rpc/")));
    const [first, second] = both.map((store) => processOf(store, 100));
    for (let n = 0; n < 100; n++) expect(first!.caller.take("eth_call", 1)).toBeUndefined();
    expect(second!.caller.take("eth_call", 1)).toBeUndefined();
    await expect.poll(() => second!.caller.take("eth_call", 1) !== undefined, { timeout: 5_000 }).toBe(true);
    first!.shared.close();
    second!.shared.close();
  });
});

describe("without the shared counters [GUARD-8]", () => {
  it("each process has its share of the limits, never all of it, and recovers", async () => {
    let isDown = false;
    const store: CounterStore = {
      async count(entries) {
        if (isDown) throw new Error("connection lost");
        return {
          totals: entries.map(({ cost }) => ({ used: cost, isCounted: true, waitMs: 0 })),
          processes: 4,
        };
      },
    };
    const { guard, http, shared } = processOf(store, 100);
    expect((await http.perIp.take(CLIENT, 1)).limit).toBe(100);
    isDown = true;
    const admitted = await Promise.allSettled(
      Array.from({ length: 100 }, () => http.perIp.take("203.0.113.9", 1)),
    );
    expect(admitted.filter(({ status }) => status === "fulfilled")).toHaveLength(25);
    const caller = guard.identify({ peer: "203.0.113.10", headers: {} }) as Caller;
    for (let n = 0; n < 25; n++) expect(caller.take("eth_call", 1)).toBeUndefined();
    expect(caller.take("eth_call", 1)).toMatchObject({ reason: "address", limit: 25 });
    isDown = false;
    await expect.poll(() => shared.processes(), { timeout: 5_000 }).toBe(1);
    shared.close();
  });

  it("before they were ever reached, half of the limits", async () => {
    const { http, shared } = processOf({ count: async () => Promise.reject(new Error("refused")) }, 100);
    expect((await http.perIp.take(CLIENT, 1)).limit).toBe(50);
    shared.close();
  });
});
